import { createPrivateKey, sign } from 'node:crypto';
import type { ParsedKey } from 'ssh2';

/** What is hashed with where the caller doesn't say; of RSA, ssh2 says it for all but the oldest servers. RFC 4253, 5656 and 8709. */
const HASHES: Readonly<Record<string, string | undefined>> = {
  'ssh-rsa': 'sha1',
  'ssh-ed25519': undefined,
  'ecdsa-sha2-nistp256': 'sha256',
  'ecdsa-sha2-nistp384': 'sha384',
  'ecdsa-sha2-nistp521': 'sha512',
};

/**
 * Makes a private key sign with what OpenSSL has read of it once. ssh2 has it read the key's text for each signature, which takes ten
 * times as long as an Ed25519 signature itself; a whole fleet is logged in to with one key.
 */
export function readyToSign(key: ParsedKey): ParsedKey {
  if (!(key.type in HASHES)) return key;
  const own = createPrivateKey(key.getPrivatePEM());
  key.sign = (data, algorithm) => {
    try {
      return sign(algorithm ?? HASHES[key.type], Buffer.from(data as string), own);
    } catch (error) {
      // As ssh2 has it: the next key follows.
      return error as never;
    }
  };
  return key;
}
