import type { DropsWatch } from '../playbook/model.ts';
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
  /** Of each host that has any, those that must be well while it is changed. */
  readonly partnersOf: ReadonlyMap<string, readonly string[]>;
};

/** Where a play stands in the run. */
export function placeOf(plan: RolloutPlan, playIndex: number, play: PlannedPlay): PlayPlace {
  const { run, mode } = plan;
  const hostIndex = new Map(play.hosts.map((host, index) => [host, index]));
  const partnersOf = new Map(
    (play.pairs ?? []).flatMap((pair) =>
      pair.map((host) => [host, pair.filter((other) => other !== host)] as const),
    ),
  );
  return { run, mode, playIndex, play, hostIndex, partnersOf };
}

/** A wave's place in the run: what names its jobs. */
export type WavePlace = PlayPlace & {
  /** From 1, in the order in which the play's waves run; a canary is wave 1. */
  readonly wave: number;
};

/**
 * The job that brings a host to what the play desires or, in modes `plan` and `drift`, asks what that would change, or, in mode
 * `verify`, makes its checks.
 * @param isDone whether a host holds that already
 */
export function forwardJob(
  place: WavePlace,
  host: string,
  attempt: number,
  isDone: (host: string) => boolean,
): Job {
  const { mode, play, wave } = place;
  const names = mode === 'apply' ? place.partnersOf.get(host) : undefined;
  const partners = names?.map((partner) => ({ host: partner, isDone: isDone(partner) }));
  // A comparison before the waves is no attempt at a change.
  const token = `${tokenOf(place, host, attempt)}${wave === 0 ? '.compare' : ''}`;
  const kind = mode === 'verify' ? 'check' : mode;
  return { kind, host, play: play.id, wave, attempt, token, ...(partners && { partners }) };
}

/** The job that looks whether a host is still well; the first look is number 1. */
export function verifyJob(place: WavePlace, host: string, look: number): Job {
  const { play, wave } = place;
  const token = `${tokenOf(place, host, look)}.look`;
  return { kind: 'verify', host, play: play.id, wave, attempt: look, token };
}

/** The job that measures how much the rules of a host drop, before its wave or after it. */
export function measureJob(place: WavePlace, host: string, side: 'before' | 'after', drops: DropsWatch): Job {
  const { play, wave } = place;
  const attempt = side === 'before' ? 1 : 2;
  const token = `${tokenOf(place, host, attempt)}.drops`;
  return { kind: 'measure', host, play: play.id, wave, attempt, token, drops };
}

/** The job that takes a confirmed change back, in a transaction of its own. */
export function undoJob(place: WavePlace, change: Pick<Changed, 'host' | 'token'>, attempt: number): Job {
  const { play, wave } = place;
  const { host, token: undoOf } = change;
  const token = `${tokenOf(place, host, attempt)}.undo`;
  return { kind: 'undo', host, play: play.id, wave, attempt, token, undoOf };
}

/** What a host whose change was confirmed ends as, after the undo: back on what it had, or in need of a person. */
export function outcomeAfterUndo(change: Changed, undo: Outcome, extent: Extent, why: string): Outcome {
  const { host, attempt } = change;
  switch (undo.kind) {
    case 'not_started':
      return change;
    case 'ok':
    case 'changed': {
      const message = `the change was confirmed, then taken back with ${words[extent]}: ${why}`;
      const remedy = 'Run again once that reason is out of the way.';
      return {
        host,
        attempt,
        kind: 'rolled_back',
        problem: { code: `rolled-back-with-${extent}`, host, message, remedy },
      };
    }
    default: {
      const message = `the change was confirmed and could not be taken back with ${words[extent]}: ${undo.problem.message}`;
      const remedy = undo.problem.remedy;
      return { host, attempt, kind: 'unknown', problem: { code: 'undo-failed', host, message, remedy } };
    }
  }
}

/** How much goes back when something fails. */
export type Extent = 'wave' | 'run';

const words: Readonly<Record<Extent, string>> = { wave: 'its wave', run: 'the whole run' };

export type Changed = Extract<Outcome, { readonly kind: 'changed' }>;

/** At most 100 characters of `A-Za-z0-9._-` for the runs that a plan may name; unique within the run. */
function tokenOf({ run, playIndex, hostIndex }: PlayPlace, host: string, attempt: number): string {
  return `${run}.p${playIndex}.h${hostIndex.get(host)}.a${attempt}`;
}
