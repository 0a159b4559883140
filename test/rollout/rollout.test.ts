import { describe, expect, test } from 'vitest';
import type { RolloutPlan } from '../../src/rollout/plan.ts';
import { rollout } from '../../src/rollout/rollout.ts';
import type { Job } from '../../src/rollout/runtime.ts';
import { fleetPlan, playOf } from './fleet.ts';
import { type Kind, simulatedRuntime, type Trace } from './simulated-runtime.ts';

const rollback = { onFailure: 'rollback_wave', canary: { kind: 'none' } } as const;

describe('the story of a run', () => {
  test('that goes well: canary, gate, the rest, gate', async () => {
    const { told, result } = await tell(fleetPlan([playOf('edge', ['a', 'b', 'c'])]), { b: 'changed' });
    expect(told).toEqual([
      'play edge: a b c; canary: a; the rest: b c',
      'wave 1 canary: a',
      'apply a ok',
      'gate 1 proceed: 0 of 1 host failed in this wave = 0 % ≤ max_fail_percentage 0 %',
      'wave 2 the rest: b c',
      'apply b changed',
      'apply c ok',
      'gate 2 proceed: 0 of 2 hosts failed in this wave = 0 % ≤ max_fail_percentage 0 %',
      'finished 0',
    ]);
    expect(result).toMatchObject({ exitCode: 0, isHalted: false, isInterrupted: false });
  });

  test('whose canary fails: nobody else is touched, in this play or the next', async () => {
    const plan = fleetPlan([playOf('edge', ['a', 'b'], { maxFailPercentage: 100 }), playOf('core', ['c'])]);
    const { told, result } = await tell(plan, { a: 'rolled_back' });
    expect(told).toEqual([
      'play edge: a b; canary: a; the rest: b',
      'wave 1 canary: a',
      'apply a rolled_back',
      'gate 1 halt: 1 of 1 host failed in this wave = 100 %: a canary that fails always halts',
      'finished 2, halted',
    ]);
    expect(result.recap.map((row) => row.notStarted)).toEqual([0, 1, 1]);
  });

  test('whose budget runs out in the middle of a wave: the rest of the wave does not start', async () => {
    const policy = { canary: { kind: 'none' }, maxFailPercentage: 20 } as const;
    const plan = fleetPlan([playOf('edge', ['a', 'b', 'c', 'd', 'e'], policy)]);
    const { told, result } = await tell(plan, { a: 'unreachable', c: 'unreachable' });
    expect(told.slice(2)).toEqual([
      'apply a unreachable',
      'apply b ok',
      'apply c unreachable',
      'gate 1 halt: 2 of 5 hosts failed (2 unreachable) in this wave = 40 % > max_fail_percentage 20 %',
      'finished 4, halted',
    ]);
    expect(result.recap.map((row) => row.notStarted)).toEqual([0, 0, 0, 1, 1]);
  });

  test('that takes a wave back: only what it changed, the last first', async () => {
    const plan = fleetPlan([playOf('edge', ['a', 'b', 'c', 'd'], rollback)]);
    const { told, result, runtime } = await tell(plan, { a: 'changed', b: 'ok', c: 'changed', d: 'failed' });
    expect(told.slice(2)).toEqual([
      'apply a changed',
      'apply b ok',
      'apply c changed',
      'apply d failed',
      'gate 1 roll_back_wave: 1 of 4 hosts failed in this wave = 25 % > max_fail_percentage 0 %',
      'take back 1: c a',
      'undo c changed',
      'undo a changed',
      'finished 2, halted',
    ]);
    expect(startedJobs(runtime.trace).at(-1)).toEqual({
      kind: 'undo',
      host: 'a',
      play: 'edge',
      wave: 1,
      attempt: 1,
      token: '20260101-120000-ab12.p0.h0.a1.undo',
      undoOf: '20260101-120000-ab12.p0.h0.a1',
    });
    expect(result.recap.map(({ rolledBack, ok, failed }) => [rolledBack, ok, failed])).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [1, 0, 0],
      [0, 0, 1],
    ]);
  });

  test('whose undo fails: that host needs a person, the others are still taken back', async () => {
    const plan = fleetPlan([playOf('edge', ['a', 'b', 'c'], rollback)]);
    const ends = { a: 'changed', b: 'changed', c: 'failed', 'undo b': 'unreachable' } as const;
    const { told, result } = await tell(plan, ends);
    expect(told.slice(-3)).toEqual(['undo b unreachable', 'undo a changed', 'finished 2, halted']);
    expect(result.recap.map(({ rolledBack, failed }) => [rolledBack, failed])).toEqual([
      [1, 0],
      [0, 1],
      [0, 1],
    ]);
  });

  test('in which trials ran out while the controller was away: tried again under a new token', async () => {
    const plan = fleetPlan([playOf('edge', ['a'])]);
    const { told, runtime } = await tell(plan, { a: 'interrupted', 'apply a 3': 'changed' });
    expect(told.slice(2, -2)).toEqual(['apply a interrupted', 'apply a interrupted', 'apply a changed']);
    expect(startedJobs(runtime.trace).map(({ token }) => token.slice(-2))).toEqual(['a1', 'a2', 'a3']);
  });

  test('in which the third trial runs out too: that is a failure', async () => {
    const { told } = await tell(fleetPlan([playOf('edge', ['a', 'b'])]), { a: 'interrupted' });
    expect(told.filter((line) => line.startsWith('apply'))).toHaveLength(3);
    expect(told.at(-1)).toBe('finished 2, halted');
  });

  test('in which it counts within the wave: hosts whose trials ran out as well are not tried a third time', async () => {
    const plan = fleetPlan([playOf('edge', ['a', 'b'], { canary: { kind: 'none' } })]);
    const { told, result } = await tell(plan, { a: 'interrupted', b: 'interrupted' });
    expect(told.filter((line) => line.startsWith('apply b'))).toHaveLength(2);
    expect(result.recap[1]).toMatchObject({ rolledBack: 1, notStarted: 0 });
  });

  test('whose budget is spent by others: hosts whose trial ran out are not tried again', async () => {
    const plan = fleetPlan([playOf('edge', ['a', 'b', 'c'], { canary: { kind: 'none' } })]);
    const { runtime, result } = await tell(plan, { a: 'interrupted', b: 'failed' });
    expect(runtime.trace.flatMap((step) => (step.step === 'called' ? [step.key] : []))).toEqual(['p0.w1.a1']);
    expect(
      result.recap.map(({ rolledBack, failed, notStarted }) => [rolledBack, failed, notStarted]),
    ).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
  });

  test('that a person interrupts: what is in flight ends, no gate decides', async () => {
    const plan = fleetPlan([
      playOf('edge', ['a', 'b', 'c'], { canary: { kind: 'none' } }),
      playOf('core', ['d']),
    ]);
    const { told, result } = await tell(plan, {}, { interruptAfter: 3 });
    expect(told.slice(2)).toEqual(['apply a ok', 'apply b ok', 'finished 130']);
    expect(result).toMatchObject({ exitCode: 130, isHalted: false, isInterrupted: true });
  });

  test('that a person interrupts while the last hosts are in flight: it was asked to stop, and says so', async () => {
    const plan = fleetPlan([playOf('edge', ['a', 'b'], { canary: { kind: 'none' } })]);
    const { result } = await tell(plan, {}, { interruptAfter: 4 });
    expect(result).toMatchObject({
      exitCode: 130,
      isInterrupted: true,
      recap: [{ notStarted: 0 }, { notStarted: 0 }],
    });
  });

  test('that a person interrupts while a wave is taken back: the changes that stand are shown as such', async () => {
    const plan = fleetPlan([playOf('edge', ['a', 'b', 'c'], rollback)]);
    const { told, result } = await tell(
      plan,
      { a: 'changed', b: 'changed', c: 'failed' },
      { interruptAfter: 7 },
    );
    expect(told.slice(-2)).toEqual(['undo b changed', 'finished 130, halted']);
    expect(result.recap.map(({ changed, rolledBack }) => [changed, rolledBack])).toEqual([
      [1, 0],
      [0, 1],
      [0, 0],
    ]);
  });
});

describe('hosts that an earlier play lost', () => {
  const first = playOf('edge', ['a', 'b', 'c', 'd'], { canary: { kind: 'none' }, maxFailPercentage: 50 });

  test('are left out of the later ones, and named', async () => {
    const later = playOf('core', ['a', 'b', 'c'], {
      maxFailPercentage: 50,
      serial: [{ kind: 'count', count: 1 }],
    });
    const { told, result } = await tell(fleetPlan([first, later]), { b: 'unreachable' });
    expect(told.slice(7, 9)).toEqual([
      'play core: a c; canary: a; wave 2 of 2: c',
      'warning: play "core" goes without 1 of its 3 hosts, which failed in an earlier play: b',
    ]);
    expect(result.recap[1]).toMatchObject({ unreachable: 1, notStarted: 1 });
    expect(result.exitCode).toBe(4);
  });

  test('count against the budget of the later ones', async () => {
    const { told } = await tell(fleetPlan([first, playOf('core', ['a', 'b', 'c'])]), { b: 'failed' });
    expect(told.slice(-3)).toEqual([
      'wave 1 canary: a',
      "gate 1 halt: 1 of the play's 3 hosts failed in this run = 33.33 % > max_fail_percentage 0 %",
      'finished 2, halted',
    ]);
  });

  test('count together with what the later ones lose themselves', async () => {
    const policy = {
      canary: { kind: 'none' },
      maxFailPercentage: 50,
      serial: [{ kind: 'count', count: 2 }],
    } as const;
    const plan = fleetPlan([first, playOf('core', ['a', 'c', 'd', 'e', 'b'], policy)]);
    const { told } = await tell(plan, { b: 'failed', 'core a': 'failed', 'core d': 'failed' });
    expect(told.slice(-2)).toEqual([
      "gate 2 halt: 3 of the play's 5 hosts failed in this run = 60 % > max_fail_percentage 50 %",
      'finished 2, halted',
    ]);
  });

  test('leave the later ones without a canary: halted', async () => {
    const { told } = await tell(fleetPlan([first, playOf('core', ['a', 'b'], { maxFailPercentage: 50 })]), {
      a: 'failed',
    });
    expect(told.slice(-3)).toEqual([
      'wave 1 canary: ',
      'gate 1 halt: no canary host is left: all failed in an earlier play',
      'finished 2, halted',
    ]);
  });
});

test('mode plan asks all hosts at once and halts for nothing', async () => {
  const plan = fleetPlan([playOf('edge', ['a', 'b', 'c']), playOf('core', ['a', 'c'])], 'plan');
  const { told } = await tell(plan, { a: 'unknown', b: 'changed' });
  expect(told).toEqual([
    'play edge: a b c; canary: a; the rest: b c',
    'wave 1 all hosts: a b c',
    'plan a unknown',
    'plan b changed',
    'plan c ok',
    'play core: c; canary: ; the rest: c',
    'warning: play "core" goes without 1 of its 2 hosts, which failed in an earlier play: a',
    'wave 1 all hosts: c',
    'plan c ok',
    'finished 2',
  ]);
});

/**
 * Runs the story, one host at a time, and tells it in lines. A host's jobs end as told by its name, or more closely by
 * `play host`, `kind host` or `kind host attempt`; otherwise an undo ends `changed`, any other job `ok`.
 */
async function tell(
  plan: RolloutPlan,
  ends: Readonly<Record<string, Kind>>,
  options: { interruptAfter?: number } = {},
) {
  const kindOf = ({ kind, play, host, attempt }: Job): Kind => {
    const told = ends[`${kind} ${host} ${attempt}`] ?? ends[`${kind} ${host}`];
    if (kind === 'undo') return told ?? 'changed';
    return told ?? ends[`${play} ${host}`] ?? ends[host] ?? 'ok';
  };
  const runtime = simulatedRuntime({ forks: 1, seed: 1, kindOf, ...options });
  const result = await rollout(plan, runtime);
  return { told: inLines(runtime.trace), result, runtime };
}

function inLines(trace: Trace): string[] {
  return trace.flatMap((step) => {
    if (step.step === 'ended') return [`${step.job.kind} ${step.job.host} ${step.outcome.kind}`];
    if (step.step !== 'emitted') return [];
    const { event } = step;
    switch (event.type) {
      case 'play.started': {
        const waves = event.waves.map(({ title, hosts }) => `; ${title}: ${hosts.join(' ')}`);
        return [`play ${event.play}: ${event.hosts.join(' ')}${waves.join('')}`];
      }
      case 'wave.started':
        return [`wave ${event.wave} ${event.title}: ${event.hosts.join(' ')}`];
      case 'gate.decided':
        return [`gate ${event.wave} ${event.decision}: ${event.arithmetic}`];
      case 'rollback.started':
        return [`take back ${event.wave}: ${event.hosts.join(' ')}`];
      case 'run.finished':
        return [`finished ${event.exitCode}${event.halted ? ', halted' : ''}`];
      case 'warning':
        return [`warning: ${event.problem.message}`];
      default:
        return [event.type];
    }
  });
}

function startedJobs(trace: Trace) {
  return trace.flatMap((step) => (step.step === 'started' ? [step.job] : []));
}
