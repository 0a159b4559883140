import type { Problem } from '../problem.ts';
import type { StoryEvent } from './events.ts';

/** The story's only door to the world. Implementations stamp, journal and replay; the story stays deterministic. */
export interface Runtime {
  /**
   * Runs the jobs, at most `forks` at once, in their order. `proceed` is pure and asked before each start with the
   * outcomes so far, in order of completion; once it says no, no further job starts. Never rejects because of a host:
   * answers one outcome per job, in the order of the jobs.
   */
  runHosts(key: string, jobs: readonly Job[], proceed: (outcomes: readonly Outcome[]) => boolean): Promise<readonly Outcome[]>;
  /** Waits. `name` identifies the wait, so that a resumed run knows its absolute end. */
  sleep(name: string, ms: number): Promise<void>;
  /**
   * Waits for a named signal from a person or another process; undefined after the time-out. The signal `interrupt` stands
   * once a person asked the run to stop.
   */
  waitSignal(name: string, timeoutMs: number): Promise<string | undefined>;
  emit(event: StoryEvent): void;
}

/** One thing to do to one host: plain, serialisable. */
export type Job = {
  readonly kind: 'apply' | 'plan' | 'undo';
  readonly host: string;
  readonly play: string;
  readonly wave: number;
  /** 1 for the first try. */
  readonly attempt: number;
  /** Names the transaction on the gateway; for `undo`, the new transaction's. */
  readonly token: string;
  /** For `undo`: the token of the transaction to take back. */
  readonly undoOf?: string;
};

/** How an attempt at a host ended. */
export type Outcome = { readonly host: string; readonly attempt: number } & (
  /** Nothing to change. */
  | { readonly kind: 'ok' }
  /** Changed and confirmed; from a `plan` job: would change. `token` names the transaction. */
  | { readonly kind: 'changed'; readonly token: string }
  /** The gateway is back on what it had before. */
  | { readonly kind: 'rolled_back'; readonly problem: Problem }
  /** Refused or failed before anything on the gateway was changed. */
  | { readonly kind: 'failed'; readonly problem: Problem }
  | { readonly kind: 'unreachable'; readonly problem: Problem }
  /** The trial ran out while the controller was away; the gateway rolled itself back: to be tried again. */
  | { readonly kind: 'interrupted'; readonly problem: Problem }
  /** Neither side can tell, or the rollback failed: a person must look. */
  | { readonly kind: 'unknown'; readonly problem: Problem }
  | { readonly kind: 'not_started'; readonly because: 'budget' | 'interrupted' }
);
