import type { NoAnswer, Refusal, Refused } from '../gateway/asking.ts';

/** How long a host waits for a gateway's lock that another holds. */
export type LockWait = {
  readonly waitMs: number;
  /** Milliseconds of a clock that never steps. */
  readonly nowMs: () => number;
  readonly pause: (ms: number) => Promise<void>;
  /** Nobody wants it any more. */
  readonly isStopped: () => boolean;
  /** Told once, with the gateway's words on who holds it. */
  readonly waiting: (lock: Refusal) => void;
};

const firstPauseMs = 1_000;
const longestPauseMs = 5_000;

/**
 * Asks until the gateway is not locked, the time is up, or nobody wants it any more; answers what it said last. The gateway has nobody
 * to tell us by when a lock is gone, as its holder may die: so it is asked again, less and less often.
 */
export async function whenFree<T extends { readonly kind: string }>(
  ask: () => Promise<T | Refused | NoAnswer>,
  { waitMs, nowMs, pause, isStopped, waiting }: LockWait,
): Promise<T | Refused | NoAnswer> {
  const untilMs = nowMs() + waitMs;
  for (let pauseMs = firstPauseMs, isTold = false; ; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
    const answer = await ask();
    const lock = lockOf(answer);
    const leftMs = untilMs - nowMs();
    if (lock === undefined || leftMs <= 0 || isStopped()) return answer;
    if (!isTold) waiting(lock);
    isTold = true;
    // In short steps: who asked for a stop doesn't wait for us.
    const goOnMs = nowMs() + Math.min(pauseMs, leftMs);
    while (nowMs() < goOnMs && !isStopped()) await pause(Math.min(250, goOnMs - nowMs()));
  }
}

/** What a gateway says of the lock that another holds; undefined for any other answer. */
export function lockOf(answer: { readonly kind: string }): Refusal | undefined {
  if (answer.kind !== 'refused') return undefined;
  return (answer as Refused).refusals.find(({ code }) => code === 'locked');
}
