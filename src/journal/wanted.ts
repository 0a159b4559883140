import type { Check } from '../checks/model.ts';
import type { DesiredSet, DesiredState, Family } from '../ruleset/model.ts';

/** What a run wanted of one host: enough to want it again. Rules stand in files of their own, beside it. */
export type Wanted = {
  readonly desired: DesiredState;
  /** As rendered; they hold no secrets, which rendering refuses. */
  readonly checks: readonly Check[];
  readonly confirmWithinSeconds: number;
};

/** The file that holds all but the rules. */
const WANTED_FILE = 'desired.json';

function rulesFile(family: Family): string {
  return `desired.${family}.rules`;
}

/** The texts to keep of what a run wants of a host, by their file names. */
export function formatWanted({ desired, checks, confirmWithinSeconds }: Wanted): ReadonlyMap<string, string> {
  const { rulesets, sets, sysctls, persist, conntrack, spares, scope } = desired;
  const rest = {
    rulesets: rulesets.map(({ family, tables }) => ({ family, tables })),
    sets: sets.map(({ name, create, members, keepsMembers }) => ({ name, create, members, keepsMembers })),
    sysctls,
    persist,
    conntrack,
    spares,
    scope,
    checks,
    confirmWithinSeconds,
  };
  return new Map([
    ...rulesets.map(({ family, text }) => [rulesFile(family), text] as const),
    [WANTED_FILE, `${JSON.stringify(rest)}\n`],
  ]);
}

/**
 * Reads what `formatWanted` made; undefined where a text is missing or is none of ours.
 * @param textOf the text of a file, undefined where there is none
 */
export function parseWanted(textOf: (name: string) => string | undefined): Wanted | undefined {
  const rest = parsed(textOf(WANTED_FILE));
  if (rest === undefined) return undefined;
  const { rulesets, sets, checks, confirmWithinSeconds, ...others } = rest;
  const texts = rulesets.map(({ family }) => textOf(rulesFile(family)));
  if (texts.includes(undefined)) return undefined;
  const desired: DesiredState = {
    ...others,
    rulesets: rulesets.map((one, index) => ({ ...one, text: texts[index] ?? '', sources: [] })),
    sets: sets.map((set) => ({ ...set, source: undefined })),
  };
  return { desired, checks, confirmWithinSeconds };
}

type Kept = Omit<DesiredState, 'rulesets' | 'sets'> & {
  readonly sets: readonly Omit<DesiredSet, 'source'>[];
  readonly rulesets: readonly { readonly family: Family; readonly tables: readonly string[] }[];
} & Pick<Wanted, 'checks' | 'confirmWithinSeconds'>;

function parsed(text: string | undefined): Kept | undefined {
  try {
    const value = JSON.parse(text ?? '') as Kept;
    const isWhole = [value.rulesets, value.sets, value.sysctls, value.checks].every(Array.isArray);
    return isWhole && typeof value.confirmWithinSeconds === 'number' ? value : undefined;
  } catch {
    return undefined;
  }
}
