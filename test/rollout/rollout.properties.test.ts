import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Outcome } from '../../src/rollout/outcome.ts';
import {
  eventsOf,
  isEvent,
  isInterruptedIn,
  lastEnds,
  startsOf,
  type WaveTold,
  wavesTold,
} from './reading.ts';
import { run, type Scenario, scenarios, type Told } from './runs.ts';

const failing: readonly Outcome['kind'][] = [
  'failed',
  'rolled_back',
  'unreachable',
  'unknown',
  'interrupted',
];

/** What holds of every run, each rule read off the trace alone, by sums of its own. */
const rules: Record<string, (told: Told) => void> = {
  'each host is in exactly one wave of a play, and starts in no other': (told) => {
    for (const play of told.plan.plays) {
      const planned = play.waves.flatMap(({ hosts }) => hosts);
      expect(planned.toSorted()).toEqual(play.hosts.toSorted());
      const begun = wavesTold(told).filter((wave) => wave.play === play);
      const shown = begun.flatMap(({ hosts }) => hosts);
      expect(new Set(shown).size).toBe(shown.length);
    }
    for (const { hosts, steps } of wavesTold(told)) {
      for (const { host } of startsOf(steps)) expect(hosts).toContain(host);
    }
  },

  'no wave starts before the one before it ended and its gate said proceed': (told) => {
    for (const { gate, steps } of wavesTold(told).slice(0, -1)) {
      expect(gate?.decision).toBe('proceed');
      const decided = steps.findIndex((step) => isEvent(step, 'gate.decided'));
      expect(startsOf(steps.slice(decided))).toEqual([]);
      expect(steps.slice(decided).some(({ step }) => step === 'ended')).toBe(false);
    }
  },

  'the gate says proceed exactly when nothing is over budget': (told) => {
    for (const wave of wavesTold(told)) {
      const ends = [...lastEnds(wave.steps, wave.play.id, 'forward').values()];
      const lost = ends.filter(({ kind }) => failing.includes(kind)).length;
      const isWhole = lost > 0 && lost === wave.hosts.length;
      const isEmptyCanary = wave.isCanary && wave.hosts.length === 0;
      const mustHalt = isEmptyCanary || isWhole || isSpent(wave, lost, ends);
      if (wave.gate !== undefined) expect(wave.gate.decision === 'proceed').toBe(!mustHalt);
    }
  },

  'a wave loses no more than its budget and what was in flight when that was spent': (told) => {
    for (const wave of wavesTold(told)) {
      const settled: Outcome[] = [];
      const inFlight = new Set<string>();
      let bound = Number.POSITIVE_INFINITY;
      const look = () => {
        const lost = settled.filter(({ kind }) => failing.includes(kind)).length;
        expect(lost).toBeLessThanOrEqual(bound);
        if (bound === Number.POSITIVE_INFINITY && isSpent(wave, lost, settled)) bound = lost + inFlight.size;
      };
      look();
      for (const step of wave.steps) {
        if (step.step === 'started' && step.job.kind !== 'undo') {
          expect(bound).toBe(Number.POSITIVE_INFINITY);
          inFlight.add(step.job.token);
        }
        if (step.step === 'ended' && step.job.kind !== 'undo') {
          inFlight.delete(step.job.token);
          if (step.outcome.kind !== 'interrupted' || step.job.attempt === 3) settled.push(step.outcome);
        }
        look();
      }
    }
  },

  'after a halt nothing new starts but the undo of its wave': ({ trace, result }) => {
    const halt = trace.findIndex(
      (step) => isEvent(step, 'gate.decided') && step.event.decision !== 'proceed',
    );
    expect(result.isHalted).toBe(halt !== -1);
    if (halt === -1) return;
    const after = trace.slice(halt);
    expect(startsOf(after).filter(({ kind }) => kind !== 'undo')).toEqual([]);
    expect([...eventsOf(after, 'wave.started'), ...eventsOf(after, 'play.started')]).toEqual([]);
  },

  'after an interrupt nothing new starts at all': ({ trace, result }) => {
    const stop = trace.findIndex((step) => isInterruptedIn([step]));
    if (stop === -1) return;
    expect(result.isInterrupted).toBe(true);
    const after = trace.slice(stop + 1);
    expect(after.map((step) => (step.step === 'emitted' ? step.event.type : step.step))).toEqual([
      'run.finished',
    ]);
  },

  'a host that does not settle is tried again, thrice at most, and only for having been interrupted': ({
    trace,
  }) => {
    const ends = trace.flatMap((step) => (step.step === 'ended' ? [step] : []));
    for (const { kind, host, play, attempt } of startsOf(trace)) {
      expect(attempt).toBeLessThanOrEqual(3);
      const isBefore = (end: (typeof ends)[number]) =>
        end.job.kind === kind && end.job.host === host && end.job.play === play && end.job.attempt < attempt;
      expect(ends.filter(isBefore).map(({ outcome }) => outcome.kind)).toEqual(
        Array(attempt - 1).fill('interrupted'),
      );
    }
  },

  'a host that failed starts in no later play': ({ plan, trace }) => {
    for (const [index, play] of plan.plays.entries()) {
      const earlier = plan.plays
        .slice(0, index)
        .flatMap(({ id }) => [...lastEnds(trace, id, 'forward').values()]);
      const lost = earlier.filter(({ kind }) => failing.includes(kind)).map(({ host }) => host);
      const started = startsOf(trace).filter((job) => job.play === play.id);
      expect(started.filter(({ host }) => lost.includes(host))).toEqual([]);
    }
  },

  'when a canary fails no other host is touched': (told) => {
    for (const wave of wavesTold(told).filter(({ isCanary }) => isCanary)) {
      const ends = [...lastEnds(wave.steps, wave.play.id, 'forward').values()];
      if (!ends.some(({ kind }) => failing.includes(kind))) continue;
      const touched = startsOf(told.trace.slice(wave.before.length)).map(({ host }) => host);
      expect(touched.filter((host) => !wave.hosts.includes(host))).toEqual([]);
    }
  },

  'a wave that is rolled back undoes each of its changes once, the last first, and nothing else': (told) => {
    const waves = wavesTold(told);
    const halted = waves.find(({ gate }) => gate !== undefined && gate.decision !== 'proceed');
    const undos = startsOf(told.trace, 'undo').filter(({ attempt }) => attempt === 1);
    const ends = halted === undefined ? [] : [...lastEnds(halted.steps, halted.play.id, 'forward').values()];
    const changed = ends.filter((end) => end.kind === 'changed');
    const isToUndo = halted?.play.policy.onFailure === 'rollback_wave' && changed.length > 0;
    expect(halted?.gate?.decision === 'roll_back_wave').toBe(isToUndo);
    if (!isToUndo) expect(undos).toEqual([]);
    const place = (host: string) => halted?.hosts.indexOf(host) ?? -1;
    const order = changed.toSorted((left, right) => place(right.host) - place(left.host));
    const started = isInterruptedIn(told.trace) ? undos.length : order.length;
    if (isToUndo)
      expect(undos.map(({ undoOf }) => undoOf)).toEqual(order.slice(0, started).map(({ token }) => token));
  },

  'every host that started ends with an outcome in the recap': ({ plan, trace, result }) => {
    expect(result.recap.map(({ host }) => host)).toEqual(plan.hosts);
    for (const { host, ...counts } of result.recap) {
      const plays = plan.plays.filter(({ hosts }) => hosts.includes(host));
      const columns = plays.map(({ id }) =>
        columnOf(lastEnds(trace, id, 'forward').get(host)?.kind, lastEnds(trace, id, 'undo').get(host)?.kind),
      );
      const expected = Object.fromEntries(
        Object.keys(counts).map((column) => [column, columns.filter((one) => one === column).length]),
      );
      expect(counts).toEqual(expected);
    }
  },

  'the exit code follows from the recap, and is told last': ({ trace, result }) => {
    const any = (columns: readonly ('failed' | 'rolledBack' | 'unreachable')[]) =>
      result.recap.some((row) => columns.some((column) => row[column] > 0));
    const code = any(['failed', 'rolledBack']) ? 2 : any(['unreachable']) ? 4 : 0;
    expect(result.exitCode).toBe(result.isInterrupted ? 130 : code);
    const { exitCode, recap, isHalted: halted } = result;
    expect(trace.at(-1)).toEqual({
      step: 'emitted',
      event: { type: 'run.finished', exitCode, halted, recap },
    });
    expect(eventsOf(trace, 'run.finished')).toHaveLength(1);
  },

  'tokens and keys are unique, and tokens are fit for a file name': ({ trace }) => {
    const tokens = startsOf(trace).map(({ token }) => token);
    const keys = trace.flatMap((step) => (step.step === 'called' ? [step.key] : []));
    expect(new Set(tokens).size).toBe(tokens.length);
    expect(new Set(keys).size).toBe(keys.length);
    for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9._-]{1,100}$/);
  },
};

test.each(Object.entries(rules))('%s', async (_, holds) => {
  await everyRun(async (scenario) => holds(await run(scenario)));
});

test('the same run told twice is the same, step for step', async () => {
  await everyRun(async (scenario) => {
    expect(await run(scenario)).toEqual(await run(scenario));
  }, 300);
});

test('mode plan: one wave a play, plan jobs only, no gate, and every host that is not lost is asked', async () => {
  const holds = (told: Told) => {
    const { trace, plan, result } = told;
    expect(startsOf(trace).filter(({ kind }) => kind !== 'plan')).toEqual([]);
    expect(eventsOf(trace, 'gate.decided')).toEqual([]);
    expect(result.isHalted).toBe(false);
    if (result.isInterrupted) return;
    const waves = wavesTold(told);
    expect(waves.map(({ play }) => play)).toEqual(plan.plays);
    for (const { play, steps, before } of waves) {
      const isLost = (host: string) =>
        plan.plays.some(({ id }) =>
          failing.includes(lastEnds(before, id, 'forward').get(host)?.kind ?? 'ok'),
        );
      const asked = startsOf(steps).filter(({ attempt }) => attempt === 1);
      expect(asked.map(({ host }) => host)).toEqual(play.hosts.filter((host) => !isLost(host)));
    }
  };
  await everyRun(async (scenario) => holds(await run(scenario)), 1_000, scenarios('plan'));
});

/** The budget by sums of its own: of the wave, of the play over the whole run, of a canary, of the unknown. */
function isSpent(
  { play, hosts, isCanary, before }: WaveTold,
  lost: number,
  settled: readonly Outcome[],
): boolean {
  const { maxFailPercentage, maxFailures = Number.POSITIVE_INFINITY } = play.policy;
  const lostBefore = play.hosts.filter((host) =>
    before.some(
      (step) =>
        step.step === 'ended' &&
        step.outcome.host === host &&
        failing.includes(lastEnds(before, step.job.play, 'forward').get(host)?.kind ?? 'ok'),
    ),
  ).length;
  return (
    lost > Math.floor((maxFailPercentage * hosts.length) / 100) ||
    lostBefore + lost > Math.floor((maxFailPercentage * play.hosts.length) / 100) ||
    lostBefore + lost > maxFailures ||
    (isCanary && lost > 0) ||
    settled.some(({ kind }) => kind === 'unknown')
  );
}

function columnOf(forward: Outcome['kind'] | undefined, undo: Outcome['kind'] | undefined): string {
  if (undo !== undefined) return undo === 'ok' || undo === 'changed' ? 'rolledBack' : 'failed';
  if (forward === 'rolled_back' || forward === 'interrupted') return 'rolledBack';
  return forward === undefined ? 'notStarted' : forward === 'unknown' ? 'failed' : forward;
}

async function everyRun(
  holds: (scenario: Scenario) => Promise<void>,
  numRuns = 2_000,
  drawn = scenarios(),
): Promise<void> {
  await fc.assert(fc.asyncProperty(drawn, holds), { seed: 20_260_102, numRuns });
}
