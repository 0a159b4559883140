/** How it went with a gateway in the last run of the watch. */
export type Fate =
  | 'held'
  /** It could not be reached, or could not be changed: the others go on without it. */
  | 'failed'
  /** It was left alone, as a gate halted the run. */
  | 'not_started';

/** When a gateway may be tried again. */
export type Retry = { readonly failures: number; readonly notBefore: number };

const FIRST_PAUSE_MS = 15_000;
/** Of those that only a gateway out of reach kept from starting. */
const SHORT_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 10 * 60_000;

/**
 * After a run: the pause doubles with each failure, up to ten minutes. Those that were not started come again soon, without the
 * ones that failed. Where the rules themselves failed (`isHalted`), all wait alike: the next gateway would fail, too.
 */
export function retryAfter(
  before: Retry | undefined,
  fate: Fate,
  at: number,
  isHalted: boolean,
): Retry | undefined {
  if (fate === 'held') return undefined;
  if (fate === 'not_started' && !isHalted)
    return { failures: before?.failures ?? 0, notBefore: at + SHORT_PAUSE_MS };
  const failures = (before?.failures ?? 0) + 1;
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, failures - 1));
  return { failures, notBefore: at + pause };
}

/** The gateways whose rules are to be others than they are, as far as they may be tried by now. */
export function due(
  gateways: readonly { readonly name: string; readonly wanted: string; readonly held: string }[],
  retries: ReadonlyMap<string, Retry>,
  at: number,
): readonly string[] {
  return gateways
    .filter(({ name, wanted, held }) => wanted !== held && (retries.get(name)?.notBefore ?? 0) <= at)
    .map(({ name }) => name);
}
