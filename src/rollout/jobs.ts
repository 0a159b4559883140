import type { Outcome } from './outcome.ts';
import type { PlannedPlay, RolloutPlan } from './plan.ts';
import type { Job } from './runtime.ts';

/** A play's place in the run. */
export type PlayPlace = Pick<RolloutPlan, 'run' | 'mode'> & {
  /** From 0, in the plan's order. */
  readonly playIndex: number;
  readonly play: PlannedPlay;
  /** Each host's place among the play's hosts, from 0. */
  readonly hostIndex: ReadonlyMap<string, number>;
};

/** A wave's place in the run: what names its jobs. */
export type WavePlace = PlayPlace & {
  /** From 1, in the order in which the play's waves run; a canary is wave 1. */
  readonly wave: number;
};

/** The job that brings a host to what the play desires or, in modes `plan` and `drift`, asks what that would change. */
export function forwardJob(place: WavePlace, host: string, attempt: number): Job {
  const { mode, play, wave } = place;
  return { kind: mode, host, play: play.id, wave, attempt, token: tokenOf(place, host, attempt) };
}

/** The job that takes a confirmed change back, in a transaction of its own. */
export function undoJob(place: WavePlace, change: Pick<Changed, 'host' | 'token'>, attempt: number): Job {
  const { play, wave } = place;
  const { host, token: undoOf } = change;
  const token = `${tokenOf(place, host, attempt)}.undo`;
  return { kind: 'undo', host, play: play.id, wave, attempt, token, undoOf };
}

/** What a host whose change was confirmed ends as, after the undo: back on what it had, or in need of a person. */
export function outcomeAfterUndo(change: Changed, undo: Outcome, why: string): Outcome {
  const { host, attempt } = change;
  switch (undo.kind) {
    case 'not_started':
      return change;
    case 'ok':
    case 'changed': {
      const message = `the change was confirmed, then taken back with its wave: ${why}`;
      const remedy = 'Mend the hosts that failed, then run again.';
      return {
        host,
        attempt,
        kind: 'rolled_back',
        problem: { code: 'rolled-back-with-wave', host, message, remedy },
      };
    }
    default: {
      const message = `the change was confirmed and could not be taken back with its wave: ${undo.problem.message}`;
      const remedy = undo.problem.remedy;
      return { host, attempt, kind: 'unknown', problem: { code: 'undo-failed', host, message, remedy } };
    }
  }
}

export type Changed = Extract<Outcome, { readonly kind: 'changed' }>;

/** At most 100 characters of `A-Za-z0-9._-` for the runs that a plan may name; unique within the run. */
function tokenOf({ run, playIndex, hostIndex }: PlayPlace, host: string, attempt: number): string {
  return `${run}.p${playIndex}.h${hostIndex.get(host)}.a${attempt}`;
}
