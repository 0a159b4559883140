import type { Remote } from '../remote.ts';
import type { Probe } from './model.ts';
import type { Sight } from './sight.ts';

/** A machine at the far end of a connection from which checks look: the gateway, or a vantage host. */
export type Far = {
  readonly remote: Remote;
  /** In sentences: `the gateway`, `probe-1`. */
  readonly name: string;
  /** Nothing that its connection meets says anything about the gateway. Told of a connection that broke, to have another next time. */
  readonly isVantage?: { readonly lost: () => void };
};

/** One try: at most `limitMs`, and less when `cut` is aborted first. */
type Look<Where, P> = (where: Where, probe: P, limitMs: number, cut: AbortSignal) => Promise<Sight | 'cut'>;

/** How a kind of check is described, and how it is made from each place. */
export type Kind<P extends Probe> = {
  /** What is done, for `Observation.tried`: `tcp 203.0.113.1:443`. */
  readonly tried: (probe: P) => string;
  /** What it hopes to see, for `Observation.expected`: `open`, `status 200`. */
  readonly expected: (probe: P) => string;
  /** Looks from this process; absent where a kind is made on the gateway alone. */
  readonly here?: (probe: P, limitMs: number, cut: AbortSignal) => Promise<Sight | 'cut'>;
  /** Looks from the far end of a connection, with whatever tool is there. */
  readonly there: Look<Far, P>;
};

export type ProbeOf<K extends Probe['kind']> = Extract<Probe, { readonly kind: K }>;
