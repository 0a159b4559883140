import { pause } from '../../ssh/limit.ts';

/** What asks a run to stop, and what leaves at once. */
export type Interrupts = {
  /** The signal that asked the run to stop; undefined while none did. */
  readonly by: () => string | undefined;
  /** Waits so many milliseconds, or until a signal asks the run to stop. */
  readonly unlessInterrupted: (ms: number) => Promise<void>;
  /** Until the function that it answers is called, a signal does this instead, and asks the run for nothing. */
  readonly instead: (act: () => void) => () => void;
  readonly stopListening: () => void;
};

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The first signal asks the run to stop: no new host starts, those in flight come to their end. The second leaves at
 * once; the gateways' own deadlines do the rest.
 */
export function listenForInterrupts(onFirst: (signal: string) => void, onSecond: () => void): Interrupts {
  let first: string | undefined;
  let instead: (() => void) | undefined;
  const asked = new AbortController();
  const listener = (signal: string) => {
    if (instead !== undefined) return instead();
    if (first !== undefined) return onSecond();
    first = signal;
    asked.abort();
    onFirst(signal);
  };
  for (const signal of signals) process.on(signal, listener);
  return {
    by: () => first,
    unlessInterrupted: (ms) => pause(ms, asked.signal),
    instead: (act) => {
      instead = act;
      return () => {
        instead = undefined;
      };
    },
    stopListening: () => {
      for (const signal of signals) process.off(signal, listener);
    },
  };
}
