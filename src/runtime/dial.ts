import type { Dialled } from '../remote.ts';
import type { Job } from '../rollout/runtime.ts';
import { type HostContext, refOf } from './host-context.ts';

const pauseMs = 1_000;
/** An absence that ended so recently may have left the network behind. */
const recentMs = 15_000;
/** How long a machine that woke up may take to find its network. */
const wakeMs = 30_000;

/**
 * Logs in to a host, as often as told where it can't be reached; and for half a minute after this machine was asleep, as it may be
 * awake before its network is: that says nothing of the host.
 */
export async function dialAgain(
  host: string,
  tries: number,
  context: HostContext,
): Promise<{ readonly dialled: Dialled; readonly tried: number }> {
  const { nowMs, wasAwaySince, isStopped = () => false } = context;
  const startedMs = nowMs();
  const untilMs = wasAwaySince?.(startedMs - recentMs) === true ? startedMs + wakeMs : startedMs;
  for (let tried = 1; ; tried++) {
    const dialled = await context.dial(host);
    const isEnough = (tried >= tries && nowMs() >= untilMs) || isStopped();
    if (dialled.kind === 'connected' || isEnough) return { dialled, tried };
    await context.pause(pauseMs);
  }
}

/** The check that every change has: what its events call it. */
export const FRESH_LOGIN = 'fresh SSH connection';

/** A login that was tried, as a check of a job. */
export type TriedLogin = {
  readonly check: string;
  /** A host, or one of its addresses. */
  readonly to: string;
  readonly dialled: Dialled;
  readonly tried: number;
  readonly startedMs: number;
};

/** Tells a login as the check that it is. */
export function tellLogin(
  job: Job,
  { check, to, dialled, tried, startedMs }: TriedLogin,
  context: HostContext,
): void {
  const isOpen = dialled.kind === 'connected';
  context.emit({
    type: 'check.observed',
    ...refOf(job),
    check,
    from: 'controller',
    verdict: isOpen ? 'pass' : 'fail',
    tried: `ssh ${to}`,
    expected: 'open',
    seen: isOpen ? 'open' : dialled.problem.message,
    tries: tried,
    elapsedMs: Math.round(context.nowMs() - startedMs),
  });
}
