import type { Backend, LabUser } from '../../src/lab/etc.ts';
import type { Family } from '../../src/ruleset/model.ts';
import { CHANGES, type ChangeName } from './changes.ts';
import { FAULT_NAMES, type FaultName, stepsOf } from './faults/names.ts';
import { type Random, randomFrom } from './random.ts';
import type { Sharing } from './shared.ts';

/** When a fault comes: as soon as this was seen, and a while later. */
export type Step =
  | { readonly kind: 'event'; readonly name: string }
  | { readonly kind: 'state'; readonly name: string };

export type PlannedFault = {
  readonly name: FaultName;
  readonly step: Step;
  readonly delayMs: number;
  /** How long it lasts, where it can last; `good`: until the gateway's deadline has passed. */
  readonly forMs: number | 'good';
  /** For what a fault chooses by itself. */
  readonly salt: number;
};

/** All that a run depends on, but for the machine's own timing. */
export type Scenario = {
  readonly seed: number;
  readonly backend: Backend;
  readonly user: LabUser;
  readonly families: readonly Family[];
  /** What is there before: rules that sluice never wrote, or those of an earlier confirmed run. */
  readonly before: 'foreign' | 'ours';
  readonly change: ChangeName;
  /** Whether another tool lives in the play's tables, and how the play leaves it there. */
  readonly sharing: Sharing;
  readonly faults: readonly PlannedFault[];
  /** Who brings to its end what neither runner nor guard can any more. */
  readonly asks: 'status' | 'rollback' | 'next run';
};

export type Limits = {
  readonly backend?: Backend;
  readonly user?: LabUser;
  readonly fault?: FaultName;
  readonly change?: ChangeName;
  readonly sharing?: Sharing;
};

/** Tells a scenario from its seed; limits replace what chance would choose, and change nothing else. */
export function scenarioOf(seed: number, limits: Limits = {}): Scenario {
  const random = randomFrom(seed);
  const backend = random.pick<Backend>(['nft', 'legacy']);
  const user = random.pick<LabUser>(['root', 'operator']);
  const name = random.pick(FAULT_NAMES);
  const change = random.pick(Object.keys(CHANGES) as ChangeName[]);
  const families = random.pick<readonly Family[]>([['ipv4', 'ipv6'], ['ipv4', 'ipv6'], ['ipv4'], ['ipv6']]);
  const before = random.pick(['foreign', 'foreign', 'ours'] as const);
  const asks = random.pick(['status', 'rollback', 'next run'] as const);
  const isRestore = (limits.fault ?? name).startsWith('restore-');
  // Only a large set is long enough under way to be hit.
  const chosen = limits.change ?? (isRestore ? random.pick(['large', 'large-cut'] as const) : change);
  const first = planFault(limits.fault ?? name, chosen, random);
  const another = random.pick(FAULT_NAMES);
  // From a stream of its own, so that the seeds that are known still tell the rest.
  const sharing = randomFrom(seed + 1_000_003).pick<Sharing>(['tables', 'tables', 'keep', 'chains']);
  const isTwice = random.chance(0.3) && another !== first.name;
  return {
    seed,
    backend: limits.backend ?? backend,
    user: limits.user ?? user,
    // A cut of one family is a change of both; else nobody could get in, or there would be nothing cut.
    families: chosen.startsWith('cut-ipv') ? ['ipv4', 'ipv6'] : families,
    before,
    change: chosen,
    sharing: limits.sharing ?? sharing,
    faults: isTwice ? [first, planFault(another, chosen, random)] : [first],
    asks,
  };
}

function planFault(name: FaultName, change: ChangeName, random: Random): PlannedFault {
  const step = random.pick(stepsOf(name, CHANGES[change].isGood));
  const most = name.startsWith('restore-') ? 20 : random.pick([0, 5, 50, 300, 1500]);
  return {
    name,
    step,
    delayMs: random.between(0, most),
    forMs: random.chance(0.25) ? 'good' : random.between(200, 6000),
    salt: random.between(0, 2 ** 30),
  };
}

/** One line that names everything. */
export function formatScenario({ families, faults, ...scenario }: Scenario): string {
  const { seed, backend, user, before, change, sharing, asks } = scenario;
  const told = faults.map(({ name, step, delayMs, forMs }) => {
    return `${name}@${step.name}+${delayMs}ms/${forMs === 'good' ? 'for good' : `${forMs}ms`}`;
  });
  return `CHAOS_SEED=${seed} CHAOS_FAULTS=1  ${backend} ${user} ${families.join('+')} ${before}→${change} in ${sharing} ${told.join(' ')} (then ${asks})`;
}
