import type { SavedTable } from './save.ts';
import { splitTokens } from './tokens.ts';

/** A play's last confirmed transaction owns this table of a family; a set is of the family `ipset`. */
export type Owner = {
  readonly play: string;
  readonly family: string;
  readonly table: string;
  /** Of the table it owns only chains whose names begin with this. */
  readonly prefix?: string;
};

/** Tells whether a table does nothing: only built-in chains, all with policy ACCEPT, and no rules. */
export function isEmptyTable(table: SavedTable): boolean {
  return table.lines.every(
    (line) => line.kind === 'other' || (line.kind === 'chain' && line.policy === 'ACCEPT'),
  );
}

/** Tells whether a table has at least one rule in any chain. */
export function holdsRules(table: SavedTable): boolean {
  return table.lines.some((line) => line.kind === 'rule');
}

/** The chains that users made in a table, in its order. */
export function userChains(table: SavedTable | undefined): readonly string[] {
  if (table === undefined) return [];
  return table.lines.flatMap((line) => (line.kind === 'chain' && line.policy === '-' ? [line.chain] : []));
}

/**
 * The live chains that neither the play nor what sluice last confirmed knows: another tenant's, to be refused and shown,
 * never deleted silently. An absent table knows no chain.
 */
export function foreignChains(
  live: SavedTable,
  desired: SavedTable | undefined,
  lastConfirmed: SavedTable | undefined,
): readonly string[] {
  const known = new Set([...userChains(desired), ...userChains(lastConfirmed)]);
  return userChains(live).filter((chain) => !known.has(chain));
}

/** The rules of a table that jump or go to a chain. */
export function jumpsTo(table: SavedTable, chain: string): readonly string[] {
  return table.lines.flatMap((line) => {
    if (line.kind !== 'rule' || !line.rule.includes(chain)) return [];
    const { tokens } = splitTokens(line.rule);
    const at = tokens.findIndex(({ text, isQuoted }) => !isQuoted && (text === '-j' || text === '-g'));
    return at !== -1 && tokens[at + 1]?.text === chain ? [line.rule] : [];
  });
}
