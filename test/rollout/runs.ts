import fc from 'fast-check';
import { type Bake, PAUSES, type RolloutPolicy, type Size } from '../../src/playbook/model.ts';
import type { PlannedPlay, RolloutPlan, RunResult } from '../../src/rollout/plan.ts';
import { rollout } from '../../src/rollout/rollout.ts';
import type { Job } from '../../src/rollout/runtime.ts';
import { fleetPlan, pairOf, playOf } from './fleet.ts';
import { hashOf, type Kind, simulatedRuntime, type Trace } from './simulated-runtime.ts';

/** A run that has been made up: its plan, and the fleet that will meet it. */
export type Scenario = {
  readonly plan: RolloutPlan;
  readonly forks: number;
  readonly seed: number;
  /** What jobs end as, drawn by their token. */
  readonly kinds: readonly Kind[];
  readonly interruptAfter: number | undefined;
  /** Drawn by the name of an approval. */
  readonly answers: readonly ('approve' | 'abort' | undefined)[];
};

export type Told = { readonly plan: RolloutPlan; readonly trace: Trace; readonly result: RunResult };

export async function run(scenario: Scenario): Promise<Told> {
  const { kinds, answers } = scenario;
  const runtime = simulatedRuntime({
    ...scenario,
    kindOf: (job) => kindOf(job, kinds),
    answerOf: (name) => answers[hashOf(name) % answers.length],
  });
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
    answers: fc.array(fc.constantFrom('approve' as const, 'approve' as const, 'abort' as const, undefined), {
      minLength: 1,
      maxLength: 5,
    }),
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
    onFailure: fc.constantFrom('stop' as const, 'rollback_wave' as const, 'rollback_all' as const),
    pause: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.subarray([...PAUSES], { minLength: 1 }) },
    ),
    confirmWithinSeconds: fc.constant(60),
  });
  const bake = { seconds: 30, everySeconds: 10 };
  const drops = { rules: [], overSeconds: 10, increasePercentage: 50, atLeastPerSecond: 20 };
  const sometimes = fc.record(
    {
      apart: fc.constant('pair'),
      maxFailures: fc.nat(4),
      bake: fc.constantFrom<Bake>(bake, { ...bake, drops }),
    },
    { requiredKeys: [] },
  );
  return fc.tuple(always, sometimes).map(([policy, more]) => ({ ...policy, ...more }));
}

/** A canary pattern that matches nobody in the play, or both of a pair, would have been refused before: drop it. */
function playFrom(index: number, hosts: readonly string[], policy: RolloutPolicy): PlannedPlay {
  const { canary } = policy;
  const named =
    canary.kind === 'pattern' ? canary.pattern.split(',').filter((host) => hosts.includes(host)) : [];
  const isTogether = policy.apart !== undefined && new Set(named.map(pairOf)).size < named.length;
  const isMissing = canary.kind === 'pattern' && (named.length === 0 || isTogether);
  return playOf(`play${index}`, hosts, isMissing ? { ...policy, canary: { kind: 'none' } } : policy);
}

function kindOf({ kind, token }: Job, kinds: readonly Kind[]): Kind {
  const drawn = kinds[hashOf(token) % kinds.length] ?? 'ok';
  if (kind !== 'verify' && kind !== 'measure') return drawn;
  // Who only looks changes nothing, and is not on trial.
  return drawn === 'changed' ? 'ok' : drawn === 'interrupted' ? 'unreachable' : drawn;
}
