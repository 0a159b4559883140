import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';

/** A key pair in the forms OpenSSH reads: a private key file, and one line for authorized_keys or known_hosts. */
export type KeyPair = { readonly privateKey: string; readonly publicKey: string };

/**
 * Makes an ed25519 key pair without passphrase, in OpenSSH's own format (its PROTOCOL.key). Older sshd read no other for
 * ed25519; the generator of ssh2 drops leading zero bytes of the public key, which spoils one key in 256.
 */
export function newKeyPair(comment: string): KeyPair {
  return formatKeyPair(generateKeyPairSync('ed25519').privateKey, comment);
}

/** Formats an ed25519 key, and the public key that belongs to it. */
export function formatKeyPair(key: KeyObject, comment: string): KeyPair {
  // In both encodings the key itself is the last 32 bytes (RFC 8410).
  const point = createPublicKey(key).export({ type: 'spki', format: 'der' }).subarray(-32);
  const seed = key.export({ type: 'pkcs8', format: 'der' }).subarray(-32);
  const publicBlob = Buffer.concat([text(TYPE), text(point)]);
  return {
    privateKey: formatPrivateKey(publicBlob, seed, point, comment),
    publicKey: `${TYPE} ${publicBlob.toString('base64')}`,
  };
}

const TYPE = 'ssh-ed25519';

function formatPrivateKey(publicBlob: Buffer, seed: Buffer, point: Buffer, comment: string): string {
  const check = randomBytes(4);
  const secret = padded(
    Buffer.concat([check, check, publicBlob, text(Buffer.concat([seed, point])), text(comment)]),
  );
  const unencrypted = [text('none'), text('none'), text('')];
  const one = Buffer.from([0, 0, 0, 1]);
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...unencrypted,
    one,
    text(publicBlob),
    text(secret),
  ]);
  const lines = file.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join(
    '\n',
  );
}

/** Fills up to a multiple of 8 bytes with 1, 2, 3 … */
function padded(bytes: Buffer): Buffer {
  const missing = (8 - (bytes.length % 8)) % 8;
  return Buffer.concat([bytes, Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, missing))]);
}

/** A string as SSH writes it: its length, then its bytes (RFC 4251). */
function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
