import type { Problem } from '../problem.ts';
import type { OwnReading } from '../ruleset/canonical/own-reading.ts';
import type { DesiredRuleset, Family } from '../ruleset/model.ts';
import { rememberLike } from '../ruleset/remember.ts';
import { isEachSame, isSameRuleset } from '../ruleset/same.ts';
import { countDiff, type Diff, type DiffedStanding, diffStanding, isEmpty } from './diff.ts';
import { formatDiff } from './format-diff.ts';
import { ownReadingNotes } from './own-reading.ts';
import { foreignChainNames, foreignIn, foreignSets, keepFor, type OwnershipQuestion } from './ownership.ts';

/** Desired × actual of one host, all texts canonical. */
export type Comparison = {
  readonly host: string;
  readonly play: string;
  readonly standing: {
    readonly families: readonly {
      readonly family: Family;
      readonly live: string;
      readonly canonical: string;
      /** What the play's last confirmed transaction left. */
      readonly confirmed?: string;
    }[];
    readonly resets: readonly { readonly family: string; readonly table: string }[];
    readonly owners: OwnershipQuestion['owners'];
    readonly scope?: OwnershipQuestion['scope'];
    /** Canonical texts of the sets concerned. */
    readonly sets: { readonly live: string; readonly canonical: string };
    readonly sysctls: { readonly live: string; readonly canonical: string };
    /** In words, what the next boot would lack. */
    readonly persistence?: string;
    readonly leftSysctls: readonly string[];
    /** Where nothing could be rehearsed. */
    readonly ownReading?: OwnReading;
  };
  /** Replace tables and chains that sluice never wrote. */
  readonly takeOver: boolean;
  /** What the canonical texts were made from: says where an added rule was written. */
  readonly written?: readonly DesiredRuleset[];
};

/** What a change to one host would be. */
export type HostChange =
  | { readonly kind: 'unchanged'; readonly notes: readonly string[] }
  | {
      readonly kind: 'change';
      readonly added: number;
      readonly removed: number;
      readonly moved: number;
      /** What `diff` says, for programs. */
      readonly changes: Diff;
      /** Unified diff, per family and table, then per set, then the sysctls; or of the next boot, where nothing else changes. */
      readonly diff: string;
      readonly notes: readonly string[];
    }
  /** What stands there isn't ours to replace. */
  | { readonly kind: 'refused'; readonly problem: Problem };

/** Compares what a play wants of a host with what stands there; refuses to replace what sluice never wrote. */
export function planChange({ host, play, standing, takeOver, written = [] }: Comparison): HostChange {
  const { families, sets, owners, scope = 'tables' } = standing;
  const foreign = [
    ...families.flatMap((family) => foreignIn({ ...family, play, owners, scope })),
    ...foreignSets({ ...sets, play, owners }),
  ];
  if (foreign.length > 0 && !takeOver) {
    const chains = scope === 'chains' ? [] : families.flatMap(foreignChainNames);
    const problem = notOurs(host, foreign, chains);
    const [reading] = ownReadingNotes(standing.ownReading);
    if (reading === undefined) return { kind: 'refused', problem };
    return { kind: 'refused', problem: { ...problem, message: `${problem.message} (${reading})` } };
  }

  const notes = [
    ...ownReadingNotes(standing.ownReading),
    ...foreign.map((what) => `--take-over: ${what}`),
    ...standing.resets.map(
      ({ family, table }) =>
        `${family} ${table} is no longer in the play: ${scope === 'chains' ? 'its chains and jumps go' : 'reset to an empty table'}`,
    ),
    ...standing.leftSysctls.map((key) => `${key} is no longer in the play: it stays as it is`),
  ];
  const difference = differenceOf({ standing, written });
  return difference === undefined ? { kind: 'unchanged', notes } : { kind: 'change', ...difference, notes };
}

type Compared = { readonly standing: DiffedStanding; readonly written: readonly DesiredRuleset[] };

/** What differs, in each of its forms; undefined where nothing does. Gateways of one kind mostly change alike. */
const differenceOf = rememberLike(isSameQuestion, ({ standing, written }: Compared) => {
  const changes = diffStanding(standing, written);
  return isEmpty(changes) ? undefined : { ...countDiff(changes), changes, diff: formatDiff(changes) };
});

function isSameQuestion(one: Compared, other: Compared): boolean {
  const isSame = (some: Sides, others: Sides) =>
    some.live === others.live && some.canonical === others.canonical;
  const [mine, its] = [one.standing, other.standing];
  return (
    isEachSame(
      mine.families,
      its.families,
      (some, others) => some.family === others.family && isSame(some, others),
    ) &&
    isSame(mine.sets, its.sets) &&
    isSame(mine.sysctls, its.sysctls) &&
    mine.persistence === its.persistence &&
    isEachSame(one.written, other.written, isSameRuleset)
  );
}

type Sides = { readonly live: string; readonly canonical: string };

function notOurs(host: string, foreign: readonly string[], chains: readonly string[]): Problem {
  return {
    code: 'not-ours',
    host,
    message: `holds rules that sluice never wrote, and the play would replace them: ${foreign.join('; ')}`,
    remedy:
      chains.length === 0
        ? 'Move what you want to keep into a template of the play, or replace it on purpose: sluice plan --take-over shows what would go.'
        : `Move what is yours into a template of the play. Leave other tools' chains where they are: ${keepFor(chains)}; or own only chains of the play itself: scope: chains (docs/coexistence.md). To replace it on purpose: sluice plan --take-over shows what would go.`,
  };
}
