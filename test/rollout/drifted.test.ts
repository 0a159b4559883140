import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/rollout/outcome.ts';
import type { PlannedPlay, RolloutPlan } from '../../src/rollout/plan.ts';
import { rollout } from '../../src/rollout/rollout.ts';
import type { Job } from '../../src/rollout/runtime.ts';
import { fleetPlan, playOf } from './fleet.ts';
import { type Kind, simulatedRuntime } from './simulated-runtime.ts';

type Ends = Readonly<Record<string, Kind | 'contested' | 'never_managed'>>;

/** Runs a plan; `compared` is what a comparison of a host comes to, `applied` what a change does. */
async function tell(plan: RolloutPlan, compared: Ends, applied: Readonly<Record<string, Kind>> = {}) {
  const left = (host: string) => {
    const end = compared[host];
    return end === 'contested' || end === 'never_managed' ? end : undefined;
  };
  const kindOf = ({ kind, host }: Job): Kind => {
    if (kind !== 'drift') return applied[host] ?? 'changed';
    return left(host) === undefined ? ((compared[host] as Kind | undefined) ?? 'ok') : 'changed';
  };
  const simulated = simulatedRuntime({ forks: 4, seed: 1, kindOf });
  const runtime: typeof simulated = {
    ...simulated,
    runHosts: async (key, jobs, proceed) => {
      const outcomes = await simulated.runHosts(key, jobs, proceed);
      return outcomes.map((outcome): Outcome => {
        const why = left(outcome.host);
        const isLook = jobs.some(({ kind }) => kind === 'drift');
        return isLook && outcome.kind === 'changed' && why !== undefined
          ? { ...outcome, left: why }
          : outcome;
      });
    },
  };
  const result = await rollout(plan, runtime);
  const started = simulated.trace.flatMap((step) =>
    step.step === 'called' ? [step.jobs.map(({ kind, host }) => `${kind} ${host}`).join(', ')] : [],
  );
  const recap = Object.fromEntries(
    result.recap.map(({ host, ...counts }) => [
      host,
      Object.entries(counts)
        .flatMap(([name, n]) => (n > 0 ? [name] : []))
        .join(),
    ]),
  );
  return { started, recap, exitCode: result.exitCode };
}

const only = (play: PlannedPlay): RolloutPlan => ({ ...fleetPlan([play]), onlyDrifted: true });
const HOSTS = ['a', 'b', 'c', 'd', 'e'];

describe('only what drifted', () => {
  test('all are compared; canary and waves are cut from those that drifted', async () => {
    const told = await tell(only(playOf('edge', HOSTS, { serial: [{ kind: 'count', count: 1 }] })), {
      b: 'changed',
      d: 'changed',
      e: 'changed',
    });
    expect(told).toEqual({
      started: ['drift a, drift b, drift c, drift d, drift e', 'apply b', 'apply d', 'apply e'],
      recap: { a: 'ok', b: 'changed', c: 'ok', d: 'changed', e: 'changed' },
      exitCode: 0,
    });
  });

  test('a canary that is among them goes first; one that is not gives way to the first of them', async () => {
    const policy = { canary: { kind: 'pattern', pattern: 'd' } } as const;
    const play = playOf('edge', HOSTS, policy);
    expect((await tell(only(play), { b: 'changed', d: 'changed' })).started.slice(1)).toEqual([
      'apply d',
      'apply b',
    ]);
    expect((await tell(only(play), { b: 'changed', c: 'changed' })).started.slice(1)).toEqual([
      'apply b',
      'apply c',
    ]);
  });

  test.each<[string, Ends, readonly string[], number]>([
    ['nothing drifted', {}, [], 0],
    ['never managed: not touched, and no trouble', { a: 'never_managed', b: 'changed' }, ['apply b'], 0],
    ['contested: not touched, and said', { a: 'contested', b: 'changed' }, ['apply b'], 3],
    ['contested and unreachable', { a: 'contested', b: 'unreachable' }, [], 3],
    ['unreachable: the others are mended all the same', { a: 'unreachable', b: 'changed' }, ['apply b'], 4],
    ['locked: likewise', { a: 'failed', b: 'changed' }, ['apply b'], 2],
  ])('%s', async (_, compared, changed, exitCode) => {
    const told = await tell(only(playOf('edge', HOSTS)), compared);
    expect(told.started.slice(1)).toEqual(changed);
    expect(told.exitCode).toBe(exitCode);
  });

  test('a canary that fails halts, as ever', async () => {
    const told = await tell(
      only(playOf('edge', HOSTS)),
      { a: 'changed', b: 'changed' },
      { a: 'rolled_back' },
    );
    expect(told).toMatchObject({ started: [expect.any(String), 'apply a'], exitCode: 2 });
    expect(told.recap).toMatchObject({ a: 'rolledBack', b: 'notStarted', c: 'ok' });
  });
});

describe('a comparison', () => {
  test.each<[Ends, number]>([
    [{}, 0],
    [{ a: 'changed' }, 3],
    [{ a: 'never_managed' }, 3],
    [{ a: 'unreachable' }, 4],
    [{ a: 'unreachable', b: 'changed' }, 3],
    [{ a: 'failed', b: 'changed', c: 'unreachable' }, 2],
  ])('%j answers with %i, and asks everybody once', async (compared, exitCode) => {
    const told = await tell(fleetPlan([playOf('edge', HOSTS)], 'drift'), compared);
    expect(told).toMatchObject({ started: ['drift a, drift b, drift c, drift d, drift e'], exitCode });
  });
});

test.each([{}, { onlyDrifted: true }])(
  'a play that is not enforced is compared, and never changed: %j',
  async (how) => {
    const plan = {
      ...fleetPlan([{ ...playOf('edge', HOSTS), enforce: false }, playOf('core', ['c'])]),
      ...how,
    };
    const told = await tell(plan, { a: 'changed', c: 'changed' });
    expect(told.started[0]).toBe('drift a, drift b, drift c, drift d, drift e');
    expect(told.started.slice(1).filter((jobs) => jobs.startsWith('apply'))).toEqual(['apply c']);
    expect(told).toMatchObject({ recap: { a: 'notStarted', b: 'ok' }, exitCode: 0 });
  },
);
