/** What asks a run to stop, and what leaves at once. */
export type Interrupts = {
  /** The signal that asked the run to stop; undefined while none did. */
  readonly by: () => string | undefined;
  readonly stopListening: () => void;
};

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The first signal asks the run to stop: no new host starts, those in flight come to their end. The second leaves at
 * once; the gateways' own deadlines do the rest.
 */
export function listenForInterrupts(onFirst: (signal: string) => void, onSecond: () => void): Interrupts {
  let first: string | undefined;
  const listener = (signal: string) => {
    if (first !== undefined) return onSecond();
    first = signal;
    onFirst(signal);
  };
  for (const signal of signals) process.on(signal, listener);
  return {
    by: () => first,
    stopListening: () => {
      for (const signal of signals) process.off(signal, listener);
    },
  };
}
