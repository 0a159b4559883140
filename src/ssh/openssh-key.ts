/**
 * Reads the public key of a private key file in OpenSSH's own format, which stands there in clear even when the private
 * part is encrypted (OpenSSH's PROTOCOL.key); undefined for any other format.
 */
export function readPublicPart(text: string): Buffer | undefined {
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
    readString(); // cipher
    readString(); // key derivation
    readString(); // its options
    at += 4; // the number of keys: always one
    const publicKey = readString();
    return at <= blob.length ? publicKey : undefined;
  } catch {
    return undefined;
  }
}
