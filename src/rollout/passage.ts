import type { WavePlace } from './jobs.ts';
import type { Outcome } from './outcome.ts';
import type { Runtime } from './runtime.ts';

/** A wave that ran, and the last outcome of each of its hosts. */
export type WaveRecord = { readonly place: WavePlace; readonly outcomes: readonly Outcome[] };

/** Whether anything may follow. `takeBackAll`: why the whole run goes back. */
export type End =
  | { readonly kind: 'through' }
  | { readonly kind: 'halted'; readonly takeBackAll?: string }
  | { readonly kind: 'interrupted' }
  /** For a person's answer. */
  | { readonly kind: 'waiting'; readonly name: string };

export const through: End = { kind: 'through' };

/** How a wave or a play went. */
export type Passage = { readonly records: readonly WaveRecord[]; readonly end: End };

export function isChange(outcome: Outcome): outcome is Extract<Outcome, { readonly kind: 'changed' }> {
  return outcome.kind === 'changed';
}

/** Did a person ask the run to stop? Then no further wave starts and no gate decides: there is nobody to carry it out. */
export async function isInterrupted(runtime: Pick<Runtime, 'waitSignal'>): Promise<boolean> {
  return (await runtime.waitSignal('interrupt', 0)) !== undefined;
}
