/** The time as views know it; tests pass one that stands still. */
export type Clock = {
  /** Milliseconds since the epoch: the same clock that stamps events. */
  now(): number;
  /** Calls `run` once, `ms` from now, without keeping the process alive for it. Returns what cancels the call. */
  after(ms: number, run: () => void): () => void;
};

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
