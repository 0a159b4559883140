import type { RecapRow } from './events.ts';
import { isFailure } from './gate.ts';
import type { Outcome } from './outcome.ts';
import type { RolloutPlan, RunResult } from './plan.ts';

/**
 * Counts, per host, how each play that names it ended: one row a host, in the order of the plan's hosts.
 *
 * A row's numbers add up to the number of plays that name the host; a play that a host never started in counts as
 * `notStarted`.
 *
 * @param outcomes for each play, in the plan's order, the last outcome of each host; plays that never began may be missing.
 */
export function recap(plan: RolloutPlan, outcomes: readonly (readonly Outcome[])[]): RecapRow[] {
  const counts = new Map(plan.hosts.map((host) => [host, emptyCounts()]));
  for (const [index, play] of plan.plays.entries()) {
    const kinds = new Map(outcomes[index]?.map(({ host, kind }) => [host, kind]));
    for (const host of play.hosts) {
      const row = counts.get(host);
      if (row !== undefined) row[columnOf[kinds.get(host) ?? 'not_started']] += 1;
    }
  }
  return [...counts].map(([host, row]) => ({ host, ...row }));
}

/**
 * The exit code of a run from the last outcome of each host in each play. Who could not be asked weighs more than a difference that
 * was found, and that more than who was unreachable: 4 says that nothing else is wrong.
 */
export function exitCodeOf(
  outcomes: readonly Outcome[],
  { isInterrupted, isHalted, isWaiting }: Pick<RunResult, 'isInterrupted' | 'isHalted' | 'isWaiting'>,
  mode: RolloutPlan['mode'] = 'apply',
): number {
  const failures = outcomes.filter(isFailure);
  if (isInterrupted) return 130;
  if (isWaiting) return 5;
  if (failures.some(({ kind }) => kind !== 'unreachable')) return 2;
  if (!isHalted && outcomes.some((outcome) => isDifferenceLeft(mode, outcome))) return 3;
  if (failures.length > 0) return 4;
  return isHalted ? 2 : 0;
}

/** Drift that was looked for and found; or that was to be mended, and is contested. */
function isDifferenceLeft(mode: RolloutPlan['mode'], outcome: Outcome): boolean {
  if (mode === 'drift') return outcome.kind === 'changed';
  return outcome.kind === 'not_started' && outcome.because === 'contested';
}

type Counts = { -readonly [Column in Exclude<keyof RecapRow, 'host'>]: number };

/** Two outcomes have no column of their own: who is interrupted has rolled itself back, and unknown is never a success. */
const columnOf: Readonly<Record<Outcome['kind'], keyof Counts>> = {
  ok: 'ok',
  changed: 'changed',
  unreachable: 'unreachable',
  failed: 'failed',
  unknown: 'failed',
  rolled_back: 'rolledBack',
  interrupted: 'rolledBack',
  not_started: 'notStarted',
};

function emptyCounts(): Counts {
  return { ok: 0, changed: 0, unreachable: 0, failed: 0, rolledBack: 0, notStarted: 0 };
}
