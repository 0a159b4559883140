import { diffRulesets, type TableDiff } from '../ruleset/diff.ts';
import { diffSets, diffSysctls, type SetDiff, type SysctlDiff } from '../ruleset/diff-sets.ts';
import type { DesiredRuleset, Family } from '../ruleset/model.ts';

/** All that a change would make different on one gateway; an empty list where nothing does. */
export type Diff = {
  readonly tables: readonly TableDiff[];
  readonly sets: readonly SetDiff[];
  readonly sysctls: readonly SysctlDiff[];
  /** In words, what the next boot lacks: where it is all that differs. */
  readonly nextBoot?: string;
};

/** Rules, chains, policies, members and parameters: a policy or a parameter that changes goes and comes. */
export type DiffCounts = { readonly added: number; readonly removed: number; readonly moved: number };

export type DiffedStanding = {
  readonly families: readonly {
    readonly family: Family;
    readonly live: string;
    readonly canonical: string;
  }[];
  readonly sets: { readonly live: string; readonly canonical: string };
  readonly sysctls: { readonly live: string; readonly canonical: string };
  readonly persistence?: string;
};

/** Compares what is live with what is wanted, both canonical; `written` is what the latter was made from. */
export function diffStanding(
  { families, sets, sysctls, persistence }: DiffedStanding,
  written: readonly DesiredRuleset[],
): Diff {
  const diff: Diff = {
    tables: families.flatMap(({ family, live, canonical }) =>
      diffRulesets({
        family,
        before: live,
        after: canonical,
        written: written.find((one) => one.family === family),
      }),
    ),
    sets: diffSets(sets.live, sets.canonical),
    sysctls: diffSysctls(sysctls.live, sysctls.canonical),
  };
  return isEmpty(diff) && persistence !== undefined ? { ...diff, nextBoot: persistence } : diff;
}

export function isEmpty({ tables, sets, sysctls, nextBoot }: Diff): boolean {
  return tables.length + sets.length + sysctls.length === 0 && nextBoot === undefined;
}

export function countDiff({ tables, sets, sysctls, nextBoot }: Diff): DiffCounts {
  const chains = tables.flatMap((table) => table.chains);
  const rules = chains.flatMap(({ hunks }) => hunks.flatMap((hunk) => hunk.rules));
  const policies = chains.filter(({ policy }) => policy !== undefined).length;
  const boot = nextBoot === undefined ? 0 : 1;
  const count = <T>(items: readonly T[], isCounted: (item: T) => boolean) => items.filter(isCounted).length;
  const members = (side: 'added' | 'removed') => sets.reduce((sum, set) => sum + set[side].count, 0);
  return {
    added:
      count(rules, ({ kind }) => kind === 'added') +
      count(chains, ({ kind }) => kind === 'new') +
      policies +
      count(sets, ({ header }) => header?.after !== undefined) +
      members('added') +
      count(sysctls, ({ after }) => after !== undefined) +
      boot,
    removed:
      count(rules, ({ kind }) => kind === 'removed') +
      count(chains, ({ kind }) => kind === 'gone') +
      policies +
      count(sets, ({ header }) => header?.before !== undefined) +
      members('removed') +
      count(sysctls, ({ before }) => before !== undefined) +
      boot,
    moved: count(rules, ({ kind }) => kind === 'moved_here'),
  };
}
