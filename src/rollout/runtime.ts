import type { DropsWatch } from '../playbook/model.ts';
import type { StoryEvent } from './events.ts';
import type { Outcome } from './outcome.ts';

/** The story's only door to the world. Implementations stamp, journal and replay; the story stays deterministic. */
export interface Runtime {
  /**
   * Runs the jobs, at most `forks` at once, in their order. `proceed` is pure and asked before each start with the
   * outcomes so far, in order of completion; once it says no, no further job starts. Never rejects because of a host:
   * answers one outcome per job, in the order of the jobs.
   */
  runHosts(
    key: string,
    jobs: readonly Job[],
    proceed: (outcomes: readonly Outcome[]) => boolean,
  ): Promise<readonly Outcome[]>;
  /** Waits. `name` identifies the wait, so that a resumed run knows its absolute end. */
  sleep(name: string, ms: number): Promise<void>;
  /**
   * Waits for a named signal from a person or another process; undefined after the time-out, or where nobody is here to give it. The
   * signal `interrupt` stands once a person asked the run to stop; an approval is answered by `approve` or `abort`.
   */
  waitSignal(name: string, timeoutMs: number): Promise<string | undefined>;
  emit(event: StoryEvent): void;
}

/** One thing to do to one host: plain, serialisable. */
export type Job = {
  /**
   * `verify` looks whether a host that was changed is still well, by a new login and its checks; `check` does the same as the whole
   * of a run; `measure` counts what its rules drop. None changes anything.
   */
  readonly kind: 'apply' | 'plan' | 'drift' | 'undo' | 'verify' | 'measure' | 'check';
  readonly host: string;
  readonly play: string;
  readonly wave: number;
  /** 1 for the first try; of `verify`, the number of the look; of `measure`, 1 before the wave and 2 after it. */
  readonly attempt: number;
  /** Names the transaction on the gateway; for `undo`, the new transaction's. */
  readonly token: string;
  /** For `undo`: the token of the transaction to take back. */
  readonly undoOf?: string;
  /** For `apply`: hosts that must be well before this one is changed. */
  readonly partners?: readonly Partner[];
  /** For `measure`. */
  readonly drops?: DropsWatch;
  /**
   * A process that died had begun it. It is not begun again: what became of it is asked, whatever `proceed` says and although a person
   * asked the run to stop, as of any host in flight.
   */
  readonly isBegun?: true;
};

export type Partner = {
  readonly host: string;
  /** It holds what the play wants already, so that its checks must pass. */
  readonly isDone: boolean;
};
