import { createHmac } from 'node:crypto';
import { matchesPatternList } from './pattern.ts';

/** One line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export type KnownKey = {
  readonly marker: 'none' | 'cert-authority' | 'revoked';
  /** `ssh-ed25519`, `ssh-rsa`, … */
  readonly type: string;
  /** The public key in base64, as written. */
  readonly key: string;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
};

type Names = { readonly kind: 'plain'; readonly names: readonly string[] } | ScannedNames;

type ScannedNames =
  | { readonly kind: 'patterns'; readonly patterns: readonly string[] }
  | { readonly kind: 'hashed'; readonly salt: Buffer; readonly hash: string };

/** Finds the keys of a host by its name (see {@link knownAs}). */
export type KnownHosts = { lookUp(name: string): readonly KnownKey[] };

/** One file; lines without wildcards or hashes are found by one look into an index. */
export type KnownHostsFile = KnownHosts & {
  /** Adds a key for one name, as if its line stood at the end of the file. */
  add(name: string, type: string, key: string): void;
};

/** Indexes the text of a known_hosts file. Lines that mean nothing are skipped, as by OpenSSH. */
export function indexKnownHosts(file: string, text: string): KnownHostsFile {
  const byName = new Map<string, KnownKey[]>();
  const scanned: { readonly known: KnownKey; readonly names: ScannedNames }[] = [];
  const found = new Map<string, readonly KnownKey[]>();
  const lines = text.split('\n');
  let lastLine = text === '' || text.endsWith('\n') ? lines.length - 1 : lines.length;

  const index = (name: string, known: KnownKey) => {
    const list = byName.get(name);
    if (list === undefined) byName.set(name, [known]);
    else list.push(known);
  };
  for (const [at, line] of lines.entries()) {
    const parsed = parseLine(line, file, at + 1);
    if (parsed === undefined) continue;
    const { names, known } = parsed;
    if (names.kind === 'plain') for (const name of new Set(names.names)) index(name, known);
    else scanned.push({ known, names });
  }

  return {
    lookUp(name) {
      const before = found.get(name);
      if (before !== undefined) return before;
      const matching = scanned.filter(({ names }) => matchesNames(names, name)).map(({ known }) => known);
      const keys = [...(byName.get(name) ?? []), ...matching].sort((a, b) => a.line - b.line);
      found.set(name, keys);
      return keys;
    },
    add(name, type, key) {
      lastLine += 1;
      index(name, { marker: 'none', type, key, file, line: lastLine });
      found.delete(name);
    },
  };
}

/** The names under which OpenSSH files a host; `bare`, without the port, counts less. */
export type KnownAs = { readonly name: string; readonly bare: string };

/** Lower case, with the port only where it is not 22; an alias stands as it is. */
export function knownAs({
  address,
  port,
  hostKeyAlias,
}: {
  readonly address: string;
  readonly port: number;
  readonly hostKeyAlias?: string;
}): KnownAs {
  const bare = (hostKeyAlias ?? address).toLowerCase();
  return { bare, name: port === 22 || hostKeyAlias !== undefined ? bare : `[${bare}]:${port}` };
}

/** A name as HashKnownHosts has it written. */
export function hashName(name: string, salt: Buffer): string {
  const hash = createHmac('sha1', salt).update(name).digest('base64');
  return `|1|${salt.toString('base64')}|${hash}`;
}

function parseLine(
  line: string,
  file: string,
  number: number,
): { names: Names; known: KnownKey } | undefined {
  const words = line.trim().split(/[ \t]+/);
  const marker = markerOf(words[0] ?? '');
  if (marker === undefined) return undefined;
  const [names, type, key] = marker === 'none' ? words : words.slice(1);
  if (names === undefined || type === undefined || key === undefined) return undefined;
  if (names.startsWith('#') || !isKeyOfType(key, type)) return undefined;
  const parsed = parseNames(names);
  return parsed && { names: parsed, known: { marker, type, key, file, line: number } };
}

function markerOf(word: string): KnownKey['marker'] | undefined {
  if (!word.startsWith('@')) return 'none';
  if (word === '@revoked') return 'revoked';
  return word === '@cert-authority' ? 'cert-authority' : undefined;
}

/** The blob begins with its own type: a line that contradicts itself is no statement about any key. */
function isKeyOfType(key: string, type: string): boolean {
  const head = Buffer.from(key.slice(0, 64), 'base64');
  return head.length > 4 && head.toString('latin1', 4, 4 + head.readUInt32BE(0)) === type;
}

function parseNames(field: string): Names | undefined {
  if (field.startsWith('|')) {
    const [, salt, hash] = /^\|1\|([^|]+)\|([^|]+)$/.exec(field) ?? [];
    return salt === undefined || hash === undefined
      ? undefined
      : { kind: 'hashed', salt: Buffer.from(salt, 'base64'), hash };
  }
  const patterns = field
    .toLowerCase()
    .split(',')
    .filter((pattern) => pattern !== '');
  return patterns.some((pattern) => /^!|[*?]/.test(pattern))
    ? { kind: 'patterns', patterns }
    : { kind: 'plain', names: patterns };
}

function matchesNames(names: ScannedNames, name: string): boolean {
  if (names.kind === 'hashed')
    return createHmac('sha1', names.salt).update(name).digest('base64') === names.hash;
  return matchesPatternList(names.patterns, name);
}
