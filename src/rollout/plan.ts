import type { Wave } from '../plan/waves.ts';
import type { RolloutPolicy } from '../playbook/model.ts';
import type { RecapRow } from './events.ts';

/** Everything the story needs to know before it begins: plain, serialisable. */
export type RolloutPlan = {
  /** The run's name: letters, digits, `-`, `_`, `.`; short enough for a token of 100 characters (at most 70). */
  readonly run: string;
  /** `plan` and `drift` ask every host what would change, `verify` makes its checks; all in one wave, and nothing is changed. */
  readonly mode: 'apply' | 'plan' | 'drift' | 'verify';
  /** In `apply`: all hosts of a play are compared first, and only those that drifted go through its waves. */
  readonly onlyDrifted?: boolean;
  /** Every host of any play, once, in the order of the inventory. */
  readonly hosts: readonly string[];
  /** In the order in which they run. */
  readonly plays: readonly PlannedPlay[];
};

export type PlannedPlay = {
  readonly id: string;
  readonly name: string;
  /** In the order of the inventory. */
  readonly hosts: readonly string[];
  /** Each of `hosts` in exactly one. */
  readonly waves: readonly Wave[];
  readonly policy: RolloutPolicy;
  /**
   * Hosts with equal values of the policy's `apart` variable, two or more each: while one is changed, the others must be well. Some
   * may lie outside the play's hosts, where a limit left them out. Default none.
   */
  readonly pairs?: readonly (readonly string[])[];
  /** Hosts that go later than their place in the order has it, each with the reason. */
  readonly waits?: Readonly<Record<string, string>>;
  /** False: the play's hosts are compared with it, and never changed. Default true. */
  readonly enforce?: boolean;
};

/** How a run ended. */
export type RunResult = {
  readonly exitCode: number;
  /** A gate said halt; waves or plays may never have started. */
  readonly isHalted: boolean;
  /** A person or a signal stopped it. */
  readonly isInterrupted: boolean;
  /** It goes on once a person approves. */
  readonly isWaiting: boolean;
  /** One row a host, in the order of the plan's hosts. */
  readonly recap: readonly RecapRow[];
};
