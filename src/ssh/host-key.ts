import { createHash } from 'node:crypto';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { allowsAlgorithm } from './algorithms.ts';
import type { KnownAs, KnownHosts, KnownKey } from './known-hosts.ts';

/** What known_hosts says about the key that a server offers. */
export type HostKeyVerdict =
  | { readonly kind: 'known' }
  /** `others`: keys of other types that are known for the host. */
  | { readonly kind: 'unknown'; readonly others: readonly KnownKey[] }
  /** A different key of the same type is known. */
  | { readonly kind: 'changed'; readonly known: KnownKey }
  | { readonly kind: 'revoked'; readonly known: KnownKey }
  /** The host is known by a certificate authority alone, and certificates are not verified yet. */
  | { readonly kind: 'authority-only'; readonly known: KnownKey };

/**
 * Judges a server's host key as OpenSSH does (sshconnect.c, check_host_key): a revocation wins over everything; for
 * another port than 22 the same key under the bare name counts too.
 */
export function judgeHostKey(known: KnownHosts, names: KnownAs, key: Buffer): HostKeyVerdict {
  const listed = known.lookUp(names.name);
  const bare = names.bare === names.name ? [] : known.lookUp(names.bare);
  const same = [...listed, ...bare].filter((each) => key.equals(Buffer.from(each.key, 'base64')));
  const revoked = same.find(({ marker }) => marker === 'revoked');
  if (revoked !== undefined) return { kind: 'revoked', known: revoked };
  if (same.some(({ marker }) => marker === 'none')) return { kind: 'known' };
  const plain = listed.filter(({ marker }) => marker === 'none');
  const changed = plain.find(({ type }) => type === typeOfKey(key));
  if (changed !== undefined) return { kind: 'changed', known: changed };
  const authority = listed.find(({ marker }) => marker === 'cert-authority');
  if (plain.length === 0 && authority !== undefined) return { kind: 'authority-only', known: authority };
  return { kind: 'unknown', others: plain };
}

const algorithms: readonly { readonly algorithm: ServerHostKeyAlgorithm; readonly keyType: string }[] = [
  { algorithm: 'ssh-ed25519', keyType: 'ssh-ed25519' },
  { algorithm: 'ecdsa-sha2-nistp256', keyType: 'ecdsa-sha2-nistp256' },
  { algorithm: 'ecdsa-sha2-nistp384', keyType: 'ecdsa-sha2-nistp384' },
  { algorithm: 'ecdsa-sha2-nistp521', keyType: 'ecdsa-sha2-nistp521' },
  { algorithm: 'rsa-sha2-512', keyType: 'ssh-rsa' },
  { algorithm: 'rsa-sha2-256', keyType: 'ssh-rsa' },
  { algorithm: 'ssh-rsa', keyType: 'ssh-rsa' },
];

/**
 * The host key algorithms to offer, best first; those for which a key is known come before the others, or a host known
 * by its RSA key alone would be met with an Ed25519 key that nobody knows (sshconnect2.c, order_hostkeyalgs).
 */
export function orderHostKeyAlgorithms(
  known: KnownHosts,
  names: KnownAs,
  allowed: readonly ServerHostKeyAlgorithm[],
): ServerHostKeyAlgorithm[] {
  const bare = names.bare === names.name ? [] : known.lookUp(names.bare);
  const listed = known.lookUp(names.name);
  const plain = (listed.length > 0 ? listed : bare).filter(({ marker }) => marker === 'none');
  const isKnown = ({ keyType }: { keyType: string }) => plain.some(({ type }) => type === keyType);
  return [...algorithms.filter(isKnown), ...algorithms.filter((each) => !isKnown(each))]
    .map((each) => each.algorithm)
    .filter((algorithm) => allowed.includes(algorithm));
}

/** Those that `HostKeyAlgorithms` allows, or all. */
export function hostKeyAlgorithmsOf(list?: string): readonly ServerHostKeyAlgorithm[] {
  return algorithms.map(({ algorithm }) => algorithm).filter((algorithm) => allowsAlgorithm(list, algorithm));
}

/** Whether a public key is an RSA key of fewer bits. */
export function isRsaBelow(bits: number, key: Buffer): boolean {
  if (typeOfKey(key) !== 'ssh-rsa') return false;
  let at = 0;
  const readString = (): Buffer => {
    const end = at + 4 + key.readUInt32BE(at);
    const part = key.subarray(at + 4, end);
    at = end;
    return part;
  };
  readString(); // the type
  readString(); // the exponent
  const modulus = readString().toString('hex').replace(/^0+/, '');
  return 4 * modulus.length - (4 - Number.parseInt(modulus.charAt(0), 16).toString(2).length) < bits;
}

/** `SHA256:…`, as ssh-keygen -l prints it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The type that a public key in SSH's wire format names itself. */
export function typeOfKey(key: Buffer): string {
  return key.length < 4 ? '' : key.toString('latin1', 4, 4 + key.readUInt32BE(0));
}
