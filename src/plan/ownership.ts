import { setsIn } from '../ruleset/diff-sets.ts';
import type { Family } from '../ruleset/model.ts';
import { foreignChains, holdsRules, isEmptyTable, jumpsTo, type Owner } from '../ruleset/ownership.ts';
import { rememberLike } from '../ruleset/remember.ts';
import { parseSave, type SavedTable } from '../ruleset/save.ts';
import { keepGlobs, tenantOf } from '../ruleset/tenants.ts';

export type OwnershipQuestion = {
  readonly play: string;
  readonly family: Family;
  readonly live: string;
  readonly canonical: string;
  readonly confirmed?: string;
  readonly owners: readonly Owner[];
  /** `chains`: the texts hold only what is the play's own of their tables. Default `tables`. */
  readonly scope?: 'tables' | 'chains';
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
  scope,
}: OwnershipQuestion): readonly string[] {
  const desired = byName(canonical);
  const last = byName(confirmed ?? '');
  const here = (name: string) => owners.filter((entry) => entry.family === family && entry.table === name);
  const standing = byName(live);
  const names = [...new Set([...standing.keys(), ...desired.keys()])].filter(
    (name) => !sameLines(standing.get(name), desired.get(name)),
  );
  const ofOthers = names.flatMap((name) =>
    here(name)
      .filter((owner) => owner.play !== play && (scope !== 'chains' || owner.prefix === undefined))
      .map((owner) => `${family} ${name} belongs to the play ${owner.play}`),
  );
  const unknown = names.flatMap((name) => {
    const table = standing.get(name);
    if (table === undefined) return [];
    const title = `${family} ${table.name}`;
    const owner = here(table.name).find((entry) => entry.play === play);
    const chains = foreignChains(table, desired.get(table.name), last.get(table.name));
    const shown = chains.map((chain) => `${title} has the chain ${chain} (${contentOfChain(table, chain)})`);
    if (owner !== undefined) return shown;
    return isEmptyTable(table) ? [] : [`${title} has ${contentOf(table)}`, ...shown];
  });
  // What another play owns whole is told once.
  return ofOthers.length > 0 ? ofOthers : unknown;
}

/** Every live chain that the play would delete and doesn't know; for the way out by `keep`. */
export function foreignChainNames({
  live,
  canonical,
  confirmed,
}: Pick<OwnershipQuestion, 'live' | 'canonical' | 'confirmed'>): readonly string[] {
  const desired = byName(canonical);
  const last = byName(confirmed ?? '');
  return [...byName(live).values()].flatMap((table) =>
    foreignChains(table, desired.get(table.name), last.get(table.name)),
  );
}

/** The value of `keep` that leaves these chains where they are, as YAML. */
export function keepFor(chains: readonly string[]): string {
  return `keep: [${keepGlobs(chains)
    .map((glob) => `"${glob}"`)
    .join(', ')}]`;
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

/** Of the tables that a text has; gateways of one kind have the same ones. */
const byName = rememberLike(
  (one: string, other: string) => one === other,
  (text): ReadonlyMap<string, SavedTable> =>
    new Map(parseSave(text).tables.map((table) => [table.name, table])),
);

function sameLines(live: SavedTable | undefined, desired: SavedTable | undefined): boolean {
  const [one, other] = [live?.lines ?? [], desired?.lines ?? []];
  return one.length === other.length && one.every(({ text }, index) => text === other[index]?.text);
}

function contentOf(table: SavedTable): string {
  const rules = table.lines.flatMap((line) => (line.kind === 'rule' ? [line.rule] : []));
  if (!holdsRules(table)) return 'chains or policies of its own';
  const more = rules.length > shownRules ? ` and ${rules.length - shownRules} more` : '';
  return `${counted(rules.length)}: ${rules.slice(0, shownRules).join(', ')}${more}`;
}

/** Whose it seems to be, how many rules it has, and how it is reached. */
function contentOfChain(table: SavedTable, chain: string): string {
  const count = table.lines.filter((line) => line.kind === 'rule' && line.chain === chain).length;
  const tenant = tenantOf(chain)?.tool;
  const jumps = jumpsTo(table, chain).filter((rule) => !rule.startsWith(`-A ${chain} `));
  const more = jumps.length > 1 ? ` and ${jumps.length - 1} more` : '';
  return [
    ...(tenant === undefined ? [] : [`${tenant}'s`]),
    counted(count),
    jumps.length === 0 ? 'no jump to it' : `reached by ${jumps[0]}${more}`,
  ].join(', ');
}

function counted(rules: number): string {
  return rules === 1 ? '1 rule' : `${rules} rules`;
}
