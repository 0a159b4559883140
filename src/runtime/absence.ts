/** Whether this process was away: its machine asleep, or itself stopped, so that nobody here acted while gateways' deadlines went on. */
export type Absence = {
  /** Was it, at any time since then? In milliseconds of `performance.now()`. */
  readonly isSince: (ms: number) => boolean;
  readonly stop: () => void;
};

const lookMs = 1_000;
/** Less is a busy machine, and never keeps a confirm from its gateway. */
const leastMs = 5_000;

/**
 * Looks at the wall clock every second: a monotonic one stands still while a machine sleeps. A look that comes late by more than a
 * busy machine would explain ends an absence; so does a wall clock that is put forward, which does no harm.
 *
 * @param wallMs the wall clock
 * @param nowMs the clock of the answer
 */
export function watchAbsence(wallMs: () => number, nowMs: () => number): Absence {
  let lookedMs = wallMs();
  let lastMs = Number.NEGATIVE_INFINITY;
  const look = () => {
    const ms = wallMs();
    if (ms - lookedMs >= lookMs + leastMs) lastMs = nowMs();
    lookedMs = ms;
  };
  const timer = setInterval(look, lookMs).unref();
  return {
    isSince: (ms) => {
      look();
      return lastMs >= ms;
    },
    stop: () => clearInterval(timer),
  };
}
