import type { Problem } from '../problem.ts';

/** How an attempt at a host ended. */
export type Outcome = { readonly host: string; readonly attempt: number } /** Nothing to change. */ & (
  | {
      readonly kind: 'ok';
      /** From a `measure` job, of each rule watched. */
      readonly drops?: readonly DropRate[];
    }
  /** Changed and confirmed; from a `plan` or `drift` job: would change. `token` names the transaction. */
  | {
      readonly kind: 'changed';
      readonly token: string;
      /** From a `drift` job: why `--only-drifted` leaves the host as it is. */
      readonly left?: 'never_managed' | 'contested';
    }
  /** The gateway is back on what it had before. */
  | { readonly kind: 'rolled_back'; readonly problem: Problem }
  /** Refused or failed before anything on the gateway was changed. */
  | { readonly kind: 'failed'; readonly problem: Problem }
  | { readonly kind: 'unreachable'; readonly problem: Problem }
  /** The trial ran out while the controller was away; the gateway rolled itself back: to be tried again. */
  | { readonly kind: 'interrupted'; readonly problem: Problem }
  /** Neither side can tell, or the rollback failed: a person must look. */
  | { readonly kind: 'unknown'; readonly problem: Problem }
  | { readonly kind: 'not_started'; readonly because: NotStarted }
);

/** How much a rule drops or rejects. */
export type DropRate = {
  /** As `iptables-save` writes it, with its table in front: `filter -A FORWARD -j DROP`; policies as `filter -P INPUT DROP`. */
  readonly rule: string;
  readonly perSecond: number;
};

/** The last three are of hosts that would change and are left as they are. */
export type NotStarted = 'budget' | 'interrupted' | 'not_enforced' | 'never_managed' | 'contested';
