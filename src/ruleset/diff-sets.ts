/** What a change makes of one set. */
export type SetDiff = {
  readonly set: string;
  readonly kind: 'new' | 'gone' | 'changed';
  /** The `create` line, where the set comes, goes, or is made anew in another way. */
  readonly header?: { readonly before?: string; readonly after?: string };
  readonly added: Members;
  readonly removed: Members;
};

/** Sets may hold tens of thousands of members: all are counted, the first of them are named, as `add` lines. */
export type Members = { readonly count: number; readonly shown: readonly string[] };

/** What a change makes of one kernel parameter. */
export type SysctlDiff = { readonly key: string; readonly before?: string; readonly after?: string };

/** Of the members that come, and of those that go, so many are named. */
const SHOWN_MEMBERS = 20;

/**
 * Compares the canonical `ipset save` texts of some sets: per set its header, the members that go and those that come. A
 * set that stands only in `before` goes whole. In a `list:set`, whose order counts, a member that moves goes and comes.
 */
export function diffSets(before: string, after: string): readonly SetDiff[] {
  const [old, young] = [setsIn(before), setsIn(after)];
  return [...new Set([...old.keys(), ...young.keys()])].flatMap((set) => {
    const [left, right] = [old.get(set), young.get(set)];
    const [gone, fresh] = [linesOnlyIn(left ?? [], right ?? []), linesOnlyIn(right ?? [], left ?? [])];
    if (gone.length + fresh.length === 0) return [];
    const header = { ...named('before', gone.find(isCreate)), ...named('after', fresh.find(isCreate)) };
    return [
      {
        set,
        kind: left === undefined ? 'new' : right === undefined ? 'gone' : 'changed',
        ...(Object.keys(header).length === 0 ? {} : { header }),
        added: membersOf(fresh),
        removed: membersOf(gone),
      },
    ];
  });
}

/** Compares `key = value` lines. */
export function diffSysctls(before: string, after: string): readonly SysctlDiff[] {
  const [old, young] = [valuesIn(before), valuesIn(after)];
  return [...new Set([...old.keys(), ...young.keys()])].flatMap((key) => {
    const [left, right] = [old.get(key), young.get(key)];
    return left === right ? [] : [{ key, ...named('before', left), ...named('after', right) }];
  });
}

/** The names of the sets that a canonical text holds, with all their lines. */
export function setsIn(text: string): ReadonlyMap<string, readonly string[]> {
  const sets = new Map<string, string[]>();
  for (const line of linesOf(text)) {
    const [verb, name = ''] = line.split(' ', 2);
    const lines = sets.get(name) ?? [];
    sets.set(name, lines);
    const isOrdered = lines[0]?.startsWith(`create ${name} list:set`) === true && verb === 'add';
    lines.push(isOrdered ? `${line} # ${lines.length}` : line);
  }
  return sets;
}

function valuesIn(text: string): ReadonlyMap<string, string> {
  return new Map(
    linesOf(text).map((line): [string, string] => {
      const [key = ''] = line.split(' = ', 1);
      return [key, line.slice(key.length + 3)];
    }),
  );
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

function linesOnlyIn(lines: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others);
  return lines.filter((line) => !known.has(line));
}

function isCreate(line: string): boolean {
  return line.startsWith('create ');
}

function membersOf(lines: readonly string[]): Members {
  const members = lines.filter((line) => !isCreate(line));
  return { count: members.length, shown: members.slice(0, SHOWN_MEMBERS) };
}

function named<K extends 'before' | 'after'>(
  key: K,
  text: string | undefined,
): { readonly [P in K]?: string } {
  return text === undefined ? {} : ({ [key]: text } as { readonly [P in K]?: string });
}
