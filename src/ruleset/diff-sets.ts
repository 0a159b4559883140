/** What applying `after` would change, in members and headers or in parameters. */
export type LinesDiff = {
  readonly added: number;
  readonly removed: number;
  /** Like a unified diff, one file header a set; empty when nothing differs. */
  readonly unified: string;
};

/** Sets may hold tens of thousands of members: of those that come, and of those that go, so many are shown. */
const SHOWN_MEMBERS = 20;

/**
 * Compares the canonical `ipset save` texts of some sets: per set its header, the members that go and those that come. A
 * set that stands only in `before` goes whole. In a `list:set`, whose order counts, a member that moves goes and comes.
 */
export function diffSets(before: string, after: string): LinesDiff {
  const [old, young] = [setsIn(before), setsIn(after)];
  let [added, removed, unified] = [0, 0, ''];
  for (const name of new Set([...old.keys(), ...young.keys()])) {
    const [left, right] = [old.get(name) ?? [], young.get(name) ?? []];
    const gone = linesOnlyIn(left, right);
    const fresh = linesOnlyIn(right, left);
    removed += gone.length;
    added += fresh.length;
    if (gone.length + fresh.length === 0) continue;
    unified += `--- before: ipset ${name}\n+++ after: ipset ${name}\n${shown('-', gone)}${shown('+', fresh)}`;
  }
  return { added, removed, unified };
}

/** Compares `key = value` lines. */
export function diffSysctls(before: string, after: string): LinesDiff {
  const [gone, fresh] = [
    linesOnlyIn(linesOf(before), linesOf(after)),
    linesOnlyIn(linesOf(after), linesOf(before)),
  ];
  const unified =
    gone.length + fresh.length === 0
      ? ''
      : `--- before: sysctls\n+++ after: sysctls\n${[...gone.map((line) => `-${line}\n`), ...fresh.map((line) => `+${line}\n`)].join('')}`;
  return { added: fresh.length, removed: gone.length, unified };
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

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

function linesOnlyIn(lines: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others);
  return lines.filter((line) => !known.has(line));
}

function shown(sign: '+' | '-', lines: readonly string[]): string {
  const more = lines.length - SHOWN_MEMBERS;
  const tail = more > 0 ? [`${sign}… and ${more} more`] : [];
  return [...lines.slice(0, SHOWN_MEMBERS).map((line) => `${sign}${line}`), ...tail]
    .map((line) => `${line}\n`)
    .join('');
}
