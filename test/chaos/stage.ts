import type { Controller } from './controller.ts';
import type { ChaosGateway } from './gateway.ts';
import { transactionsOf } from './gateway.ts';
import type { Random } from './random.ts';
import type { PlannedFault, Scenario } from './scenario.ts';

/** What a fault acts on. */
export type Stage = {
  readonly scenario: Scenario;
  readonly gateway: ChaosGateway;
  readonly controller: Controller;
  /** Starts another run at the same gateway, as a second operator would. */
  startOther(play: 'edge' | 'other'): Controller;
  /** Whatever the harness notices: kept as evidence. */
  note(text: string): void;
  /** The file that holds the controller's wall clock, for libfaketime. */
  readonly clockFile: string;
  readonly seen: Seen;
};

/** What a run has been through, which changes what may be expected of it. */
export type Seen = {
  isRebooted: boolean;
  /** Nothing could be unlinked, for a while. */
  isReadOnly: boolean;
  readonly killed: Set<'runner' | 'guard'>;
  isControllerKilled: boolean;
  /** A confirm that was not the controller's. */
  isConfirmedByHand: boolean;
  foreign: { readonly add: string[]; isBroken: boolean } | undefined;
};

export type Heal = () => Promise<void>;

/** What a fault does; answers how to heal it, where it lasts. Throws `Missed` when it came too late to do anything. */
export type Inject = (stage: Stage, fault: PlannedFault, random: Random) => Promise<Heal | undefined>;

/** There was nothing any more, or not yet, that the fault could hit. */
export class Missed extends Error {}

/** The transaction under way, or Missed. */
export function tokenOf({ gateway }: Stage): string {
  const last = transactionsOf(gateway).at(-1);
  if (last === undefined) throw new Missed('there is no transaction');
  return last.token;
}

/** Asks often until there is an answer; undefined when there is none in time. */
export async function poll<T>(ask: () => T | undefined, ms: number, everyMs = 2): Promise<T | undefined> {
  const until = performance.now() + ms;
  for (;;) {
    const answer = ask();
    if (answer !== undefined) return answer;
    if (performance.now() > until) return undefined;
    await pause(everyMs);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
