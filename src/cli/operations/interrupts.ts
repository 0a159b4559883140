import { setTimeout as delay } from 'node:timers/promises';

/** What asks a run to stop, and what leaves at once. */
export type Interrupts = {
  /** The signal that asked the run to stop; undefined while none did. */
  readonly by: () => string | undefined;
  /** Waits so many milliseconds, or until a signal asks the run to stop. */
  readonly unlessInterrupted: (ms: number) => Promise<void>;
  readonly stopListening: () => void;
};

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The first signal asks the run to stop: no new host starts, those in flight come to their end. The second leaves at
 * once; the gateways' own deadlines do the rest.
 */
export function listenForInterrupts(onFirst: (signal: string) => void, onSecond: () => void): Interrupts {
  let first: string | undefined;
  const asked = new AbortController();
  const listener = (signal: string) => {
    if (first !== undefined) return onSecond();
    first = signal;
    asked.abort();
    onFirst(signal);
  };
  for (const signal of signals) process.on(signal, listener);
  return {
    by: () => first,
    unlessInterrupted: (ms) => delay(ms, undefined, { signal: asked.signal }).catch(() => undefined),
    stopListening: () => {
      for (const signal of signals) process.off(signal, listener);
    },
  };
}
