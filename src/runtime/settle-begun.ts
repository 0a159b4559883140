import type { Trial } from '../gateway/transaction.ts';
import type { Problem } from '../problem.ts';
import type { Event } from '../rollout/events.ts';
import type { Outcome } from '../rollout/outcome.ts';
import type { Job } from '../rollout/runtime.ts';
import { type HostContext, refOf } from './host-context.ts';
import { callOff, isPrepared, settle, trialOutcome } from './settle.ts';
import { isOver } from './trial.ts';

/** A transaction that was only prepared ends by itself when its session is silent for so long. */
const preparedMs = 120_000;

/** What the journal says of a job whose process died. */
export type Begun = {
  /** It had logged in, so the gateway may know of it. */
  readonly isConnected: boolean;
  /** Until the gateway's own deadline; 0 where it is over, or nothing was armed. */
  readonly leftMs: number;
};

/**
 * What the journal says of each job in flight, by its host, play, wave and attempt. Pure.
 * @param nowMs of the wall clock, by which the journal is stamped
 */
export function begunIn(events: readonly Event[], nowMs: () => number): (job: Job) => Begun {
  const connected = new Set<string>();
  const deadlines = new Map<string, number>();
  for (const event of events) {
    if (event.type === 'host.started') {
      // An undo has the name of the change that it takes back.
      connected.delete(keyOf(event));
      deadlines.delete(keyOf(event));
    }
    if (event.type === 'host.connected') connected.add(keyOf(event));
    if (event.type === 'host.armed')
      deadlines.set(keyOf(event), Date.parse(event.time) + event.deadlineSeconds * 1000);
  }
  return (job) => ({
    isConnected: connected.has(keyOf(job)),
    leftMs: Math.max(0, (deadlines.get(keyOf(job)) ?? 0) - nowMs()),
  });
}

function keyOf({ play, wave, host, attempt }: Pick<Job, 'play' | 'wave' | 'host' | 'attempt'>): string {
  return JSON.stringify([play, wave, host, attempt]);
}

/**
 * Brings a job to its end that a process had begun and did not live to see: asks the gateway by the token, and waits for the end of a
 * trial that is still under way. A trial that ran out, or never began, is `interrupted`: it says nothing about the change.
 */
export async function settleBegun(job: Job, begun: Begun, context: HostContext): Promise<Outcome> {
  const outcome = await outcomeOfBegun(job, begun, context);
  context.emit({ type: 'host.finished', ...refOf(job), job: job.kind, outcome });
  return outcome;
}

/** What became of it, or becomes of it by its deadline. */
export async function outcomeOfBegun(job: Job, begun: Begun, context: HostContext): Promise<Outcome> {
  const who = { host: job.host, attempt: job.attempt };
  // Nobody had reached it, so it knows of nothing.
  if (!begun.isConnected) {
    const dialled = await context.dial(job.host);
    if (dialled.kind === 'unreachable') return { ...who, kind: 'unreachable', problem: dialled.problem };
    dialled.remote.close();
  }
  const windowMs = Math.max(preparedMs, context.inputOf(job).confirmWithinSeconds * 1000);
  // A silent gateway is waited for as long as it may be on trial; one that says it is, until that ends.
  const isEnough = (trial: Trial) => isOver(trial) || isPrepared(trial);
  const first = await settle(job, context, context.nowMs() + Math.min(begun.leftMs, windowMs), isEnough);
  // Whoever would have told it to apply is dead, though its session may not know it.
  const next = isPrepared(first) ? await callOff(job, context) : first;
  const isUnderWay = !isOver(next) && (isPrepared(first) || next.kind === 'state');
  const trial = isUnderWay ? await settle(job, context, context.nowMs() + windowMs, isOver) : next;
  if (trial.kind !== 'state') return trialOutcome(job, trial, '', undefined, context);
  if (isVoid(trial)) return { ...who, kind: 'interrupted', problem: ranOut(job, trial) };
  return trialOutcome(job, trial, verdict(job, trial), undefined, context);
}

type State = Extract<Trial, { readonly kind: 'state' }>;

/** Nothing of it is left, and nobody had found fault with it. */
function isVoid(trial: State): boolean {
  switch (trial.state) {
    case 'prepared':
    case 'cancelled':
    case 'gone':
      return true;
    // At the controller's word, or as the kernel refused it, it was taken back for a reason; else there was nobody to confirm it.
    case 'rolled_back':
      return !['the controller', 'the gateway'].includes(trial.rolledBackBy ?? '');
    default:
      return false;
  }
}

function ranOut({ host }: Job, { state, reason }: State): Problem {
  const what =
    state === 'rolled_back'
      ? `the trial ran out while nobody was here to confirm it: ${reason ?? 'the gateway took it back'}`
      : 'the change had not begun when its controller died';
  return {
    code: 'controller-died',
    host,
    message: what,
    remedy: 'It is tried again, as far as attempts go.',
  };
}

function verdict({ host }: Job, { reason, state }: State): Problem {
  return {
    code: 'trial-failed',
    host,
    message: reason ?? state,
    remedy: 'The gateway is back on the rules it had before.',
  };
}
