import { setsIn } from '../ruleset/diff-sets.ts';
import type { DesiredSet } from '../ruleset/model.ts';
import { parseSave, type SavedTable } from '../ruleset/save.ts';
import type { Comparison } from './change.ts';

/** Of a comparison, what tells which parts a play owns. */
export type OwnedQuestion = {
  readonly standing: Pick<Comparison['standing'], 'families' | 'sets' | 'sysctls'>;
  readonly sets: readonly DesiredSet[];
  /** Chains of others go with the change, so that they are what it was planned for. */
  readonly takeOver: boolean;
};

/**
 * What stands on a gateway of what a play owns, by its name in words (`ipv4 filter chain INPUT`, `ipset blocked`, `sysctl
 * net.ipv4.ip_forward`), as canonical text. Left out is what others may change at any time: chains that neither the play nor its last
 * confirmed transaction knows, members of sets that keep them, and those of sets with a timeout.
 */
export function ownedParts({ standing, sets, takeOver }: OwnedQuestion): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  for (const { family, live, canonical, confirmed } of standing.families) {
    const known = [canonical, confirmed ?? ''].map(chainsByTable);
    for (const table of parseSave(live).tables) {
      const isOwn = (chain: string, policy: string) =>
        takeOver || policy !== '-' || known.some((tables) => tables.get(table.name)?.has(chain));
      for (const [chain, text] of chainTexts(table, isOwn))
        parts.set(`${family} ${table.name} chain ${chain}`, text);
    }
  }
  const wanted = setsIn(standing.sets.canonical);
  const kept = new Set(sets.filter(({ keepsMembers }) => keepsMembers).map(({ name }) => name));
  for (const [name, lines] of setsIn(standing.sets.live)) {
    const [create = '', ...members] = lines;
    const live = new Set(members);
    // Members that others added are wanted, too, as they stand: what is missing is ours.
    const missing = (wanted.get(name) ?? []).filter((line) => line !== create && !live.has(line));
    const own = kept.has(name) ? missing : / timeout \d/.test(create) ? [] : members;
    parts.set(`ipset ${name}`, [create, ...own].join('\n'));
  }
  for (const line of standing.sysctls.live.split('\n').filter((one) => one !== '')) {
    const [key = ''] = line.split(' = ', 1);
    parts.set(`sysctl ${key}`, line);
  }
  return parts;
}

/** Names the parts that differ: those that changed, came, or went. */
export function changedParts(
  then: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): readonly string[] {
  const names = [...new Set([...Object.keys(then), ...Object.keys(now)])].sort();
  return names.flatMap((name) => {
    if (then[name] === now[name]) return [];
    if (then[name] === undefined) return [`${name} (it was as the kernel makes it)`];
    return now[name] === undefined ? [`${name} (it is gone)`] : [name];
  });
}

function chainsByTable(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    parseSave(text).tables.map(({ name, lines }) => [
      name,
      new Set(lines.flatMap((line) => (line.kind === 'chain' ? [line.chain] : []))),
    ]),
  );
}

function chainTexts(
  table: SavedTable,
  isOwn: (chain: string, policy: string) => boolean,
): ReadonlyMap<string, string> {
  const texts = new Map<string, string[]>();
  const declared = new Set<string>();
  for (const line of table.lines) {
    if (line.kind === 'chain') {
      declared.add(line.chain);
      if (isOwn(line.chain, line.policy)) texts.set(line.chain, [line.policy]);
    }
    if (line.kind !== 'rule') continue;
    // Of a chain that isn't the play's, no more is told than the play's own jumps.
    if (!declared.has(line.chain) && !texts.has(line.chain)) texts.set(line.chain, []);
    texts.get(line.chain)?.push(line.rule);
  }
  return new Map([...texts].map(([chain, lines]) => [chain, lines.join('\n')]));
}
