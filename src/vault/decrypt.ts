import { createDecipheriv, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Sensitive } from '../sensitive.ts';
import type { Envelope } from './envelope.ts';

const derive = promisify(pbkdf2);

/** As Ansible's VaultAES256: a key for AES, a key for the HMAC, and the counter's first value, from one derivation. */
const rounds = 10_000;
const keyBytes = 32;
const blockBytes = 16;

/**
 * Decrypts with one password; undefined where the HMAC doesn't fit: the password is another one, or the text was damaged.
 *
 * @param password its bytes, as `latin1`: a password file need not be UTF-8
 */
export async function decrypt(envelope: Envelope, password: Sensitive): Promise<Buffer | undefined> {
  const { salt, mac, ciphertext } = envelope;
  const secret = Buffer.from(password.reveal(), 'latin1');
  const derived = await derive(secret, salt, rounds, 2 * keyBytes + blockBytes, 'sha256');
  const [key, macKey, counter] = [
    derived.subarray(0, keyBytes),
    derived.subarray(keyBytes, 2 * keyBytes),
    derived.subarray(2 * keyBytes),
  ];
  if (!timingSafeEqual(createHmac('sha256', macKey).update(ciphertext).digest(), mac)) return undefined;
  const decipher = createDecipheriv('aes-256-ctr', key, counter);
  return withoutPadding(Buffer.concat([decipher.update(ciphertext), decipher.final()]));
}

/** PKCS#7. Behind an HMAC that fits, only another program than Ansible can have padded it wrongly. */
function withoutPadding(padded: Buffer): Buffer | undefined {
  const count = padded.at(-1) ?? 0;
  const isPadded =
    count >= 1 &&
    count <= blockBytes &&
    padded.length >= count &&
    padded.subarray(-count).every((byte) => byte === count);
  return isPadded ? padded.subarray(0, -count) : undefined;
}
