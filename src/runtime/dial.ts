import type { Dialled } from '../remote.ts';
import type { HostContext } from './host-context.ts';

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
