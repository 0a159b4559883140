import { planWaves } from '../../src/plan/waves.ts';
import type { RolloutPolicy } from '../../src/playbook/model.ts';
import type { PlannedPlay, RolloutPlan } from '../../src/rollout/plan.ts';

/** One host first, then all that remain; nothing may fail. */
const defaultPolicy: RolloutPolicy = {
  canary: { kind: 'count', count: 1 },
  serial: [],
  order: { kind: 'inventory' },
  maxFailPercentage: 0,
  onFailure: 'stop',
  pause: [],
  confirmWithinSeconds: 60,
};

/** A play with its waves planned; a canary pattern is a comma-separated list of hosts. */
export function playOf(
  id: string,
  hosts: readonly string[],
  policy: Partial<RolloutPolicy> = {},
): PlannedPlay {
  const whole = { ...defaultPolicy, ...policy };
  const planned = planWaves(
    { hosts, match: (pattern) => pattern.split(','), variableOf: pairOf, jumpsOf: () => [], seed: 1 },
    whole,
  );
  if (planned.kind === 'refused') throw new Error(planned.problems[0]?.message);
  return { id, name: `Play ${id}`, hosts, waves: planned.waves, policy: whole, pairs: pairsOf(hosts, whole) };
}

/** Two by two: gw1 and gw2, gw3 and gw4; a host of another name has no partner. */
export function pairOf(host: string): string | undefined {
  const [, number] = /^gw(\d+)$/.exec(host) ?? [];
  return number === undefined ? undefined : `pair${Math.ceil(Number(number) / 2)}`;
}

function pairsOf(hosts: readonly string[], { apart }: RolloutPolicy): readonly (readonly string[])[] {
  if (apart === undefined) return [];
  const names = [...new Set(hosts.map(pairOf))];
  return names
    .map((name) => hosts.filter((host) => name !== undefined && pairOf(host) === name))
    .filter((pair) => pair.length > 1);
}

export function fleetPlan(plays: readonly PlannedPlay[], mode: RolloutPlan['mode'] = 'apply'): RolloutPlan {
  return {
    run: '20260101-120000-ab12',
    mode,
    hosts: [...new Set(plays.flatMap((play) => play.hosts))],
    plays,
  };
}
