import { diffLines } from './diff-lines.ts';
import { changesOf, type Hunk, hunksOf } from './hunks.ts';
import type { DesiredRuleset, Family, LineSource } from './model.ts';
import { isKept } from './normalise.ts';
import { parseSave, type SavedRuleset, type SavedTable } from './save.ts';
import { sourcesIn } from './sources.ts';

/** What a change makes of one table; chains without a difference are left out. */
export type TableDiff = {
  readonly family: Family;
  readonly table: string;
  readonly chains: readonly ChainDiff[];
};

export type ChainDiff = {
  readonly chain: string;
  /** Whether the chain itself comes or goes; a built-in chain does neither. */
  readonly kind: 'new' | 'gone' | 'changed';
  /** `ACCEPT` or `DROP`, where the policy of a built-in chain changes. */
  readonly policy?: { readonly before: string; readonly after: string };
  /** In the order of the chain. */
  readonly hunks: readonly Hunk[];
};

/** Two saved rule sets of one family. Both should be canonical (from iptables-save), since written text is never the saved text. */
export type RulesetPair = {
  readonly family: Family;
  readonly before: string;
  readonly after: string;
  /** What `after` was made from: says where an added rule was written. */
  readonly written?: Pick<DesiredRuleset, 'text' | 'sources'> | undefined;
};

/**
 * Compares two rule sets table by table and chain by chain. Counters, comments of the file, and the order in which chains are listed
 * are no difference; the order of the rules in a chain is. A table that only one side has is compared with an empty one, because that
 * is what the kernel does with it. Takes n log n steps, however different the sides are.
 */
export function diffRulesets({ family, before, after, written }: RulesetPair): readonly TableDiff[] {
  if (before === after) return [];
  const [old, young] = [parseSave(before), parseSave(after)];
  const names = new Set([...old.tables, ...young.tables].map(({ name }) => name));
  return [...names].flatMap((table) => {
    const [left, right] = [tableOf(old, table), tableOf(young, table)];
    const sources = written === undefined ? undefined : sourcesIn(written, table);
    const chains = diffChains(chainsOf(left, right), chainsOf(right, left), sources);
    return chains.length === 0 ? [] : [{ family, table, chains }];
  });
}

type Chain = { readonly policy: string; readonly rules: string[] };

/** Restore loads a table that stands twice in a text twice, and the last one stays. */
function tableOf(saved: SavedRuleset, name: string): SavedTable | undefined {
  return saved.tables.findLast((table) => table.name === name);
}

/** The chains of a table by name; an absent table has the built-in chains of the other side, accepting everything. */
function chainsOf(table: SavedTable | undefined, other: SavedTable | undefined): ReadonlyMap<string, Chain> {
  const chains = new Map<string, Chain>();
  let last = '';
  const open = (chain: string, policy = '-'): Chain => {
    const found = chains.get(chain) ?? { policy, rules: [] };
    chains.set(chain, found);
    last = chain;
    return found;
  };
  for (const line of (table ?? other)?.lines ?? []) {
    if (line.kind === 'chain') {
      if (table !== undefined) open(line.chain, line.policy);
      else if (line.policy !== '-') open(line.chain, 'ACCEPT');
    } else if (table === undefined) continue;
    else if (line.kind === 'rule') open(line.chain).rules.push(line.rule);
    // Shown rather than lost: it may be the second half of a broken quote.
    else if (isKept(line.text)) open(last).rules.push(line.text);
  }
  return chains;
}

function diffChains(
  before: ReadonlyMap<string, Chain>,
  after: ReadonlyMap<string, Chain>,
  sourcesOf: ((chain: string, rules: readonly string[]) => readonly (LineSource | undefined)[]) | undefined,
): readonly ChainDiff[] {
  return [...new Set([...after.keys(), ...before.keys()])].flatMap((chain) => {
    const [old, young] = [before.get(chain), after.get(chain)];
    const rules = young?.rules ?? [];
    const edits = diffLines(old?.rules ?? [], rules);
    const kind = old === undefined ? 'new' : young === undefined ? 'gone' : 'changed';
    const policy =
      old !== undefined && young !== undefined && old.policy !== young.policy
        ? { policy: { before: old.policy, after: young.policy } }
        : {};
    const isSame = edits.every((edit) => edit.kind === ' ');
    if (isSame && kind === 'changed' && policy.policy === undefined) return [];
    const sources = isSame ? [] : (sourcesOf?.(chain, rules) ?? []);
    const hunks = hunksOf(changesOf(edits, (to) => sources[to - 1]));
    return [{ chain, kind, ...policy, hunks } satisfies ChainDiff];
  });
}
