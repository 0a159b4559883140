import fc from 'fast-check';
import type { RolloutPolicy, Size } from '../../src/playbook/model.ts';
import type { PlannedPlay, RolloutPlan, RunResult } from '../../src/rollout/plan.ts';
import { rollout } from '../../src/rollout/rollout.ts';
import type { Job } from '../../src/rollout/runtime.ts';
import { fleetPlan, playOf } from './fleet.ts';
import { type Kind, simulatedRuntime, type Trace } from './simulated-runtime.ts';

/** A run that has been made up: its plan, and the fleet that will meet it. */
export type Scenario = {
  readonly plan: RolloutPlan;
  readonly forks: number;
  readonly seed: number;
  /** What jobs end as, drawn by their token. */
  readonly kinds: readonly Kind[];
  readonly interruptAfter: number | undefined;
};

export type Told = { readonly plan: RolloutPlan; readonly trace: Trace; readonly result: RunResult };

export async function run(scenario: Scenario): Promise<Told> {
  const runtime = simulatedRuntime({ ...scenario, kindOf: (job) => kindOf(job, scenario.kinds) });
  const result = await rollout(scenario.plan, runtime);
  return { plan: scenario.plan, trace: runtime.trace, result };
}

/** Up to three plays on up to twelve hosts, in fair weather and in foul. */
export function scenarios(mode: RolloutPlan['mode'] = 'apply'): fc.Arbitrary<Scenario> {
  const plays = fc.array(fc.tuple(fc.subarray(fleet, { minLength: 1 }), policies()), {
    minLength: 1,
    maxLength: 3,
  });
  return fc.record({
    plan: plays.map((drawn) =>
      fleetPlan(
        drawn.map(([hosts, policy], index) => playFrom(index, hosts, policy)),
        mode,
      ),
    ),
    forks: fc.integer({ min: 1, max: 5 }),
    seed: fc.integer(),
    kinds,
    interruptAfter: fc.option(fc.nat(40), { freq: 3, nil: undefined }),
  });
}

const fleet = Array.from({ length: 12 }, (_, index) => `gw${index + 1}`);

/** Well, most of them. */
const calm = fc.oneof(
  { weight: 24, arbitrary: fc.constantFrom<Kind>('ok', 'changed', 'changed') },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Kind>('failed', 'rolled_back', 'unreachable', 'unreachable', 'unknown'),
  },
  { weight: 1, arbitrary: fc.constant<Kind>('interrupted') },
);

/** A bad network: trials run out, again and again. */
const stormy = fc.constantFrom<Kind>('ok', 'changed', 'changed', 'interrupted', 'interrupted', 'unreachable');

const kinds = fc.oneof(...[calm, stormy].map((kind) => fc.array(kind, { minLength: 40, maxLength: 40 })));

function policies(): fc.Arbitrary<RolloutPolicy> {
  const size: fc.Arbitrary<Size> = fc.oneof(
    fc.record({ kind: fc.constant('count' as const), count: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ kind: fc.constant('percentage' as const), percentage: fc.integer({ min: 1, max: 100 }) }),
  );
  const pattern = fc
    .subarray(fleet, { minLength: 1 })
    .map((hosts) => ({ kind: 'pattern' as const, pattern: hosts.join(',') }));
  const always = fc.record({
    canary: fc.oneof(fc.constant({ kind: 'none' as const }), size, pattern),
    serial: fc.array(size, { maxLength: 3 }),
    order: fc.constant({ kind: 'inventory' as const }),
    maxFailPercentage: fc.constantFrom(0, 10, 25, 50, 100),
    onFailure: fc.constantFrom('stop' as const, 'rollback_wave' as const),
    pause: fc.constant([]),
    confirmWithinSeconds: fc.constant(60),
  });
  return fc
    .tuple(always, fc.option(fc.nat(4)))
    .map(([policy, most]) => (most === null ? policy : { ...policy, maxFailures: most }));
}

/** A canary pattern that matches nobody in the play would have been refused before: drop it. */
function playFrom(index: number, hosts: readonly string[], policy: RolloutPolicy): PlannedPlay {
  const { canary } = policy;
  const isMissing =
    canary.kind === 'pattern' && !canary.pattern.split(',').some((host) => hosts.includes(host));
  return playOf(`play${index}`, hosts, isMissing ? { ...policy, canary: { kind: 'none' } } : policy);
}

function kindOf({ token }: Job, kinds: readonly Kind[]): Kind {
  const sum = [...token].reduce((total, letter) => (total * 31 + letter.charCodeAt(0)) % 65_521, 7);
  return kinds[sum % kinds.length] ?? 'ok';
}
