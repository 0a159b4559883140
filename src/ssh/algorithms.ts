import type { Algorithms, CipherAlgorithm, KexAlgorithm, MacAlgorithm } from 'ssh2';
import { matchesPattern } from './pattern.ts';

/** What ssh2 speaks; ordered as OpenSSH would, but that matters only for `^`. */
const ciphers: readonly CipherAlgorithm[] = [
  'chacha20-poly1305@openssh.com',
  'aes128-ctr',
  'aes192-ctr',
  'aes256-ctr',
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'aes128-cbc',
  'aes192-cbc',
  'aes256-cbc',
  '3des-cbc',
];
const macs: readonly MacAlgorithm[] = [
  'hmac-sha2-256-etm@openssh.com',
  'hmac-sha2-512-etm@openssh.com',
  'hmac-sha1-etm@openssh.com',
  'hmac-sha2-256',
  'hmac-sha2-512',
  'hmac-sha1',
  'hmac-sha1-96',
  'hmac-md5',
];
const keyExchanges: readonly KexAlgorithm[] = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group-exchange-sha256',
  'diffie-hellman-group14-sha256',
  'diffie-hellman-group15-sha512',
  'diffie-hellman-group16-sha512',
  'diffie-hellman-group17-sha512',
  'diffie-hellman-group18-sha512',
  'diffie-hellman-group-exchange-sha1',
  'diffie-hellman-group14-sha1',
  'diffie-hellman-group1-sha1',
];

/** What ssh2 speaks only when it is told to: old servers have nothing better. */
const onlyWhenTold = /-sha1$|-cbc$|^hmac-(sha1-96|md5)$/;

/** The algorithms to speak, where ssh_config has a say. */
export type AlgorithmChoice = Pick<Algorithms, 'cipher' | 'hmac' | 'kex' | 'compress'>;

/** `Compression yes`: where the server does it too. ssh2 itself asks for none. */
export const compressed = { compress: ['zlib@openssh.com', 'zlib', 'none'] } satisfies AlgorithmChoice;

/** What is spoken of one kind, and what could be. */
export type Spoken = { readonly spoken: readonly string[]; readonly possible: readonly string[] };

export function spokenAlgorithms(
  choice: AlgorithmChoice,
): Readonly<Record<'KexAlgorithms' | 'Ciphers' | 'MACs', Spoken>> {
  return {
    KexAlgorithms: { spoken: spokenOf(choice.kex, keyExchanges), possible: keyExchanges },
    Ciphers: { spoken: spokenOf(choice.cipher, ciphers), possible: ciphers },
    MACs: { spoken: spokenOf(choice.hmac, macs), possible: macs },
  };
}

function spokenOf(
  choice: AlgorithmChoice[keyof AlgorithmChoice],
  known: readonly string[],
): readonly string[] {
  const usual = known.filter((name) => name === 'hmac-sha1' || !onlyWhenTold.test(name));
  if (choice === undefined) return usual;
  if (Array.isArray(choice)) return choice;
  const listed = (names: string | readonly string[] | undefined) => [names ?? []].flat();
  const { append, prepend, remove } = choice as Record<'append' | 'prepend' | 'remove', string[]>;
  const without = listed(remove);
  return [...new Set([...listed(prepend), ...usual, ...listed(append)])].filter(
    (name) => !without.includes(name),
  );
}

/** Reads `Ciphers`; undefined when ssh2 knows none of them. */
export const cipherChoice = (list: string) => choose(list, ciphers);
/** Reads `MACs`. */
export const macChoice = (list: string) => choose(list, macs);
/** Reads `KexAlgorithms`. */
export const keyExchangeChoice = (list: string) => choose(list, keyExchanges);

/**
 * Reads a list of ssh_config(5): alone, or with `+` (more), `-` (fewer, with wildcards) or `^` (first) before the usual
 * ones, which are ssh2's here. What ssh2 doesn't know is passed over: the list says what may be used, not what must.
 */
function choose<Name extends string>(
  list: string,
  known: readonly Name[],
): Name[] | Record<'append' | 'prepend' | 'remove', Name[]> | undefined {
  const { how, patterns } = splitList(list);
  const names = patterns.flatMap((pattern) => known.filter((name) => matchesPattern(pattern, name)));
  const none: Name[] = [];
  switch (how) {
    case '+':
      return { append: names, prepend: none, remove: none };
    case '-':
      return { append: none, prepend: none, remove: names };
    case '^':
      return { append: none, prepend: names, remove: none };
    case '':
      return names.length === 0 ? undefined : names;
  }
}

/**
 * Whether a list of signature algorithms (`HostKeyAlgorithms`, `PubkeyAcceptedAlgorithms`) allows one that is among the usual
 * ones.
 */
export function allowsAlgorithm(list: string | undefined, algorithm: string): boolean {
  if (list === undefined) return true;
  const { how, patterns } = splitList(list);
  const isListed = patterns.some((pattern) => matchesPattern(pattern, algorithm));
  if (how === '-') return !isListed;
  return how === '' ? isListed : true;
}

function splitList(list: string): { how: '' | '+' | '-' | '^'; patterns: readonly string[] } {
  const [, how = '', names = ''] = /^([-+^]?)(.*)$/.exec(list) ?? [];
  const patterns = names.split(',').filter((name) => name !== '');
  return { how: how === '+' || how === '-' || how === '^' ? how : '', patterns };
}
