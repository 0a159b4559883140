import type { Event } from '../../rollout/events.ts';

/** Shows a run while it happens. Knows events only; never asks the engine anything. */
export interface View {
  event(event: Event): void;
  /** Restores the terminal and flushes; called exactly once, also after an interrupt. */
  close(): void;
}

/** What a view may know of where it writes. */
export type Screen = {
  readonly stream: NodeJS.WritableStream & {
    readonly isTTY?: boolean;
    readonly columns?: number;
    readonly rows?: number;
  };
  readonly colour: boolean;
  /** 0 for the default; each `-v` adds one. */
  readonly verbosity: number;
  /** Show the diff of each change (`--diff`, and always in `plan`). */
  readonly diff: boolean;
};
