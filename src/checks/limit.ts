/**
 * Gives work at most `limitMs`, and less when `cut` is aborted first. Answers at once in either case, whatever the work
 * makes of its own signal, which is then aborted. Rejects only if the work does.
 */
export async function within<T extends object>(
  limitMs: number,
  cut: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | 'timed out' | 'cut'> {
  if (cut.aborted) return 'cut';
  const own = new AbortController();
  const waiting = new AbortController();
  try {
    const first = await Promise.race([work(own.signal), stopped(limitMs, cut, waiting.signal)]);
    if (typeof first === 'string') own.abort();
    return first;
  } finally {
    waiting.abort();
  }
}

/** Waits for `delayMs`, or until `cut` is aborted. */
export async function pause(delayMs: number, cut: AbortSignal): Promise<void> {
  const waiting = new AbortController();
  await stopped(delayMs, cut, waiting.signal);
  waiting.abort();
}

/**
 * Like setTimeout, but lets network events that are already here go first. On a busy controller timers are late and run
 * before sockets: without this, a port that did open in time would be taken for a filtered one.
 */
export function afterPendingInput(delayMs: number, callback: () => void): NodeJS.Timeout {
  return setTimeout(() => setImmediate(callback), delayMs);
}

/** Leaves neither timer nor listener behind once `over` is aborted. */
function stopped(limitMs: number, cut: AbortSignal, over: AbortSignal): Promise<'timed out' | 'cut'> {
  return new Promise((resolve) => {
    const timer = afterPendingInput(limitMs, () => resolve('timed out'));
    over.addEventListener('abort', () => clearTimeout(timer), { once: true });
    cut.addEventListener('abort', () => resolve('cut'), { once: true, signal: over });
  });
}
