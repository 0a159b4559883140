import type { Probe } from '../checks/model.ts';
import type { Sensitive } from '../sensitive.ts';
import type { Use } from './check-text.ts';
import type { ProbeTemplate } from './model.ts';
import type { WrittenCheck } from './schema-check.ts';

/** Fills in the variables of one string of a check. */
export type Fill = {
  (text: string, use: Use): string;
  /** Of a header, which alone may hold secrets. */
  readonly header: (text: string) => string | Sensitive;
};

type OfKind<T, K extends string> = Extract<T, { readonly kind: K }>;

/** How a kind of check is written, and what becomes of it for a host. */
export type WrittenKind<K extends ProbeTemplate['kind']> = {
  /** The keys that only some kinds have, this one among them. */
  readonly own: readonly (keyof WrittenCheck)[];
  /** Where it may be made: anywhere, on the gateway alone, or anywhere but on the controller. */
  readonly places: 'anywhere' | 'gateway' | 'afar';
  /** Of a time-out that nobody wrote. Default 5 s. */
  readonly timeoutSeconds?: (written: WrittenCheck) => number;
  /** What it may expect, as the end of a sentence: `a tcp check expects open, closed, refused or filtered`. */
  readonly expects: string;
  /** Undefined where the expectation is another kind's. `target` is what stands at the kind's own key. */
  readonly read: (target: string, written: WrittenCheck) => OfKind<ProbeTemplate, K> | undefined;
  /** @throws FaultError for what nothing could be asked of */
  readonly fill: (template: OfKind<ProbeTemplate, K>, fill: Fill) => OfKind<Probe, K>;
};
