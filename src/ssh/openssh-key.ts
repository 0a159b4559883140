/** What stands in clear in a private key file, even when the private part is encrypted. */
export type OpenSshKeyHead = {
  /** With which the private part is encrypted, or `none`. */
  readonly cipher: string;
  readonly publicKey: Buffer;
};

/** Reads the head of a private key file in OpenSSH's own format (OpenSSH's PROTOCOL.key); undefined for any other format. */
export function readKeyHead(text: string): OpenSshKeyHead | undefined {
  const [, body] = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text) ?? [];
  const magic = 'openssh-key-v1\0';
  const blob = Buffer.from(body ?? '', 'base64');
  if (blob.toString('latin1', 0, magic.length) !== magic) return undefined;
  let at = magic.length;
  const readString = (): Buffer => {
    const end = at + 4 + blob.readUInt32BE(at);
    const part = blob.subarray(at + 4, end);
    at = end;
    return part;
  };
  try {
    const cipher = readString().toString('latin1');
    readString(); // key derivation
    readString(); // its options
    at += 4; // the number of keys: always one
    const publicKey = readString();
    return at <= blob.length ? { cipher, publicKey } : undefined;
  } catch {
    return undefined;
  }
}
