import { setsIn } from '../ruleset/diff-sets.ts';
import type { Family } from '../ruleset/model.ts';
import { foreignChains, holdsRules, isEmptyTable } from '../ruleset/ownership.ts';
import { parseSave, type SavedTable } from '../ruleset/save.ts';

export type OwnershipQuestion = {
  readonly play: string;
  readonly family: Family;
  readonly live: string;
  readonly canonical: string;
  readonly confirmed?: string;
  /** Which play's last confirmed transaction owns which table of the gateway; a set is of the family `ipset`. */
  readonly owners: readonly { readonly play: string; readonly family: string; readonly table: string }[];
};

const shownRules = 3;

/** What the play would delete and neither it nor its last confirmed transaction knows, in words; empty when all is ours. */
export function foreignIn({
  play,
  family,
  live,
  canonical,
  confirmed,
  owners,
}: OwnershipQuestion): readonly string[] {
  const desired = byName(canonical);
  const last = byName(confirmed ?? '');
  return [...byName(live).values()].flatMap((table) => {
    const owner = owners.find((entry) => entry.family === family && entry.table === table.name);
    const title = `${family} ${table.name}`;
    if (sameLines(table, desired.get(table.name))) return [];
    if (owner === undefined) return isEmptyTable(table) ? [] : [`${title} has ${contentOf(table)}`];
    if (owner.play !== play) return [`${title} belongs to the play ${owner.play}`];
    const chains = foreignChains(table, desired.get(table.name), last.get(table.name));
    return chains.map((chain) => `${title} has the chain ${chain}${rulesOf(table, chain)}`);
  });
}

/**
 * The sets that the play would make anew although sluice never made them, in words. A set that stands as the play wants it is
 * nobody's loss.
 */
export function foreignSets({
  play,
  live,
  canonical,
  owners,
}: Pick<OwnershipQuestion, 'play' | 'live' | 'canonical' | 'owners'>): readonly string[] {
  const desired = setsIn(canonical);
  return [...setsIn(live)].flatMap(([name, lines]) => {
    const owner = owners.find(({ family, table }) => family === 'ipset' && table === name);
    if (owner?.play === play || lines.join('\n') === desired.get(name)?.join('\n')) return [];
    if (owner !== undefined) return [`ipset ${name} belongs to the play ${owner.play}`];
    const members = lines.length - 1;
    return [`ipset ${name} has ${members === 1 ? '1 member' : `${members} members`}`];
  });
}

function byName(text: string): ReadonlyMap<string, SavedTable> {
  return new Map(parseSave(text).tables.map((table) => [table.name, table]));
}

function sameLines(live: SavedTable, desired: SavedTable | undefined): boolean {
  return JSON.stringify(live.lines) === JSON.stringify(desired?.lines);
}

function contentOf(table: SavedTable): string {
  const rules = table.lines.flatMap((line) => (line.kind === 'rule' ? [line.rule] : []));
  if (!holdsRules(table)) return 'chains or policies of its own';
  const more = rules.length > shownRules ? ` and ${rules.length - shownRules} more` : '';
  return `${counted(rules.length)}: ${rules.slice(0, shownRules).join(', ')}${more}`;
}

function rulesOf(table: SavedTable, chain: string): string {
  const count = table.lines.filter((line) => line.kind === 'rule' && line.chain === chain).length;
  return ` (${counted(count)})`;
}

function counted(rules: number): string {
  return rules === 1 ? '1 rule' : `${rules} rules`;
}
