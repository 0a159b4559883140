import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Event } from '../../src/rollout/events.ts';
import type { Outcome } from '../../src/rollout/outcome.ts';
import type { PlannedPlay } from '../../src/rollout/plan.ts';
import { isGoingBack } from '../../src/rollout/remaining.ts';
import type { Job } from '../../src/rollout/runtime.ts';
import { pairOf } from './fleet.ts';
import {
  eventsOf,
  haltOf,
  isAbortedIn,
  isEvent,
  isInterruptedIn,
  lastEnds,
  startsOf,
  type WaveTold,
  wavesTold,
} from './reading.ts';
import { run, type Scenario, scenarios, type Told } from './runs.ts';
import type { Trace } from './simulated-runtime.ts';

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
      const begun = wavesTold(told).filter((wave) => wave.play === play && !wave.isLook);
      const shown = begun.flatMap(({ hosts }) => hosts);
      expect(new Set(shown).size).toBe(shown.length);
    }
    for (const { hosts, steps } of wavesTold(told)) {
      // What earlier waves changed may go back.
      const started = startsOf(steps).filter(({ kind }) => kind !== 'undo');
      for (const { host } of started) expect(hosts).toContain(host);
    }
  },

  'no wave starts before the one before it ended, its gate said proceed, and it was baked': (told) => {
    for (const { gate, baked, steps, play, isLook } of wavesTold(told).slice(0, -1)) {
      if (isLook) continue;
      expect(gate?.decision).toBe('proceed');
      const decided = steps.findIndex((step) => isEvent(step, 'gate.decided'));
      const isChanged = [...lastEnds(steps, play.id, 'forward').values()].some(
        ({ kind }) => kind === 'changed',
      );
      if (play.policy.bake !== undefined && isChanged) expect(baked?.decision).toBe('proceed');
      const after = startsOf(steps.slice(decided));
      expect(after.filter(({ kind }) => kind !== 'verify' && kind !== 'measure')).toEqual([]);
      const [last] = startsOf(steps.toReversed());
      const end = steps.findLastIndex(({ step }) => step === 'ended');
      if (last !== undefined) expect(steps.slice(end).some(({ step }) => step === 'started')).toBe(false);
    }
  },

  'those that are apart are never in flight together': ({ plan, trace }) => {
    const inFlight = new Map<string, Job>();
    const apartIn = new Map(plan.plays.map(({ id, policy }) => [id, policy.apart !== undefined]));
    for (const step of trace) {
      if (step.step === 'started' && (step.job.kind === 'apply' || step.job.kind === 'undo')) {
        const { host, play } = step.job;
        const pair = pairOf(host);
        const partners = [...inFlight.values()].filter(
          (job) => job.play === play && pairOf(job.host) === pair,
        );
        if (apartIn.get(play)) expect(partners).toEqual([]);
        inFlight.set(step.job.token, step.job);
      }
      if (step.step === 'ended') inFlight.delete(step.job.token);
    }
  },

  'a host is told its partners, and which of them the play has come to': (told) => {
    for (const { play, steps, before } of wavesTold(told)) {
      for (const { host, partners = [], kind } of startsOf(steps)) {
        if (kind !== 'apply') continue;
        const pair = (play.pairs ?? []).find((one) => one.includes(host)) ?? [];
        expect(partners.map((partner) => partner.host)).toEqual(pair.filter((one) => one !== host));
        const ends = lastEnds(before, play.id, 'apply');
        for (const partner of partners) {
          const end = ends.get(partner.host)?.kind;
          expect(partner.isDone).toBe(end === 'ok' || end === 'changed');
        }
      }
    }
  },

  'a bake that fails takes its wave back, or the whole run': (told) => {
    for (const { baked, steps, play } of wavesTold(told)) {
      if (baked === undefined) continue;
      const looks = steps.flatMap((step) =>
        step.step === 'ended' && step.job.kind === 'verify' ? [step.outcome.kind] : [],
      );
      const isOver = steps.some((step) => isEvent(step, 'drops.compared') && step.event.isOver);
      const lost = steps.some(
        (step) =>
          step.step === 'ended' &&
          step.job.kind === 'measure' &&
          step.job.attempt === 2 &&
          step.outcome.kind !== 'ok',
      );
      const isIll = isOver || lost || looks.some((kind) => kind !== 'ok');
      const extent = play.policy.onFailure === 'rollback_all' ? 'roll_back_all' : 'roll_back_wave';
      expect(baked.decision).toBe(isIll ? extent : 'proceed');
      if (!isIll) expect(looks.length % 3).toBe(0);
    }
  },

  'nothing starts while a person is asked, and nothing after a no or a silence but going back': ({
    trace,
    result,
  }) => {
    for (const [index, step] of trace.entries()) {
      if (!isEvent(step, 'approval.asked')) continue;
      const next = trace[index + 1];
      const goesOn =
        next !== undefined && !(isEvent(next, 'rollback.started') || isEvent(next, 'run.finished'));
      if (goesOn) continue;
      const kinds = startsOf(trace.slice(index)).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind !== 'undo')).toEqual([]);
      if (result.isWaiting) {
        expect(kinds).toEqual([]);
        expect(next).toMatchObject({
          event: { type: 'run.finished', waiting: step.event.name, exitCode: 5 },
        });
      }
    }
    expect(result.isWaiting && (result.isHalted || result.isInterrupted)).toBe(false);
  },

  'a person is asked where a play says so, and nowhere else': (told) => {
    const waves = wavesTold(told);
    for (const [index, wave] of waves.entries()) {
      const { pause } = wave.play.policy;
      if (waves[index - 1]?.play !== wave.play) expect(wave.isLook).toBe(pause.includes('after_check'));
      const asked = eventsOf(wave.steps, 'approval.asked').map(({ after }) => after);
      const isLast = index === waves.length - 1;
      if (isLast && isStopped(told)) continue;
      const isOver =
        haltOf(wave) !== undefined || (isLast && !told.result.isHalted && !told.result.isWaiting);
      expect(asked).toEqual(isOver ? [] : pausesAfter(wave));
    }
  },

  'a run that goes back undoes each of its changes once, the newest wave first': (told) => {
    const { trace } = told;
    const isAll = trace.some(
      (step) =>
        (isEvent(step, 'gate.decided') || isEvent(step, 'wave.baked')) &&
        step.event.decision === 'roll_back_all',
    );
    if (!(isAll || isAbortedIn(trace)) || isInterruptedIn(trace)) return;
    const tokens = wavesTold(told).flatMap(({ steps, play }) => {
      const ends = [...lastEnds(steps, play.id, 'apply').values()];
      const order = startsOf(steps, 'apply').map(({ host }) => host);
      const changed = ends.flatMap((end) => (end.kind === 'changed' ? [end] : []));
      return changed
        .toSorted((left, right) => order.indexOf(left.host) - order.indexOf(right.host))
        .map(({ token }) => token);
    });
    const undone = startsOf(trace, 'undo').filter(({ attempt }) => attempt === 1);
    expect(undone.map(({ undoOf }) => undoOf)).toEqual(tokens.toReversed());
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
        if (step.step === 'started' && isForward(step.job)) {
          expect(bound).toBe(Number.POSITIVE_INFINITY);
          inFlight.add(step.job.token);
        }
        if (step.step === 'ended' && isForward(step.job)) {
          inFlight.delete(step.job.token);
          if (step.outcome.kind !== 'interrupted' || step.job.attempt === 3) settled.push(step.outcome);
        }
        look();
      }
    }
  },

  'after a halt nothing new starts but undos': ({ trace, result }) => {
    const halt = trace.findIndex(
      (step) =>
        (isEvent(step, 'gate.decided') || isEvent(step, 'wave.baked')) && step.event.decision !== 'proceed',
    );
    expect(result.isHalted).toBe(halt !== -1 || isAbortedIn(trace));
    const events = trace.flatMap((step) => (step.step === 'emitted' ? [step.event as Event] : []));
    expect(isGoingBack(events)).toBe(halt !== -1);
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
      if (kind === 'verify' || kind === 'measure') continue;
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
      // What earlier plays changed may go back.
      const touched = startsOf(told.trace.slice(wave.before.length), 'apply').map(({ host }) => host);
      expect(touched.filter((host) => !wave.hosts.includes(host))).toEqual([]);
    }
  },

  'a wave that is rolled back undoes each of its changes once, the last first, and nothing else': (told) => {
    const halted = wavesTold(told).find((wave) => haltOf(wave) !== undefined);
    const undos = startsOf(told.trace, 'undo').filter(({ attempt }) => attempt === 1);
    const ends = halted === undefined ? [] : [...lastEnds(halted.steps, halted.play.id, 'apply').values()];
    const changed = ends.flatMap((end) => (end.kind === 'changed' ? [end] : []));
    const halt = halted === undefined ? undefined : haltOf(halted);
    if (halted !== undefined && halt !== 'roll_back_all') {
      const isAsked = halted.play.policy.onFailure === 'rollback_wave' || halted.baked !== undefined;
      expect(halt).toBe(isAsked && changed.length > 0 ? 'roll_back_wave' : 'halt');
    }
    if (halt === 'roll_back_all' || isAbortedIn(told.trace)) return;
    if (halt !== 'roll_back_wave') {
      expect(undos).toEqual([]);
      return;
    }
    const place = (host: string) => halted?.hosts.indexOf(host) ?? -1;
    const order = changed.toSorted((left, right) => place(right.host) - place(left.host));
    const started = isInterruptedIn(told.trace) ? undos.length : order.length;
    expect(undos.map(({ undoOf }) => undoOf)).toEqual(order.slice(0, started).map(({ token }) => token));
  },

  'every host that started ends with an outcome in the recap': ({ plan, trace, result }) => {
    expect(result.recap.map(({ host }) => host)).toEqual(plan.hosts);
    for (const { host, ...counts } of result.recap) {
      const plays = plan.plays.filter(({ hosts }) => hosts.includes(host));
      const columns = plays.map((play) =>
        columnOf(
          lastEnds(trace, play.id, 'forward').get(host)?.kind ?? lookedAt(trace, play, host),
          lastEnds(trace, play.id, 'undo').get(host)?.kind,
        ),
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
    const ill = any(['failed', 'rolledBack']) ? 2 : any(['unreachable']) ? 4 : undefined;
    const code = result.isWaiting ? 5 : (ill ?? (result.isHalted ? 2 : 0));
    expect(result.exitCode).toBe(result.isInterrupted ? 130 : code);
    const { exitCode, recap, isHalted: halted } = result;
    const waiting = result.isWaiting ? { waiting: expect.stringMatching(/^approval\./) } : {};
    expect(trace.at(-1)).toEqual({
      step: 'emitted',
      event: { type: 'run.finished', exitCode, halted, ...waiting, recap },
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

/** Every rule of each run, so that a run is made but once; `SLUICE_RUNS=100000` makes so many, `SLUICE_RUNS_SEED` others. */
const numRuns = Number(process.env.SLUICE_RUNS ?? 2_000);
test(`holds in every run: ${Object.keys(rules).join('; ')}`, {
  timeout: 300_000 + 10 * numRuns,
}, async () => {
  await everyRun(async (scenario) => {
    const told = await run(scenario);
    for (const [rule, holds] of Object.entries(rules)) {
      try {
        holds(told);
      } catch (error) {
        throw new Error(`broken: ${rule}: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
        });
      }
    }
  }, numRuns);
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

/** Of a play whose hosts were all looked at and found in line: then its waves never begin. */
function lookedAt(trace: Trace, play: PlannedPlay, host: string): Outcome['kind'] | undefined {
  const ends = trace.flatMap((step) =>
    step.step === 'ended' && step.job.play === play.id && step.job.wave === 0 ? [step.outcome] : [],
  );
  const last = new Map(ends.map((end) => [end.host, end.kind]));
  const asked = eventsOf(trace, 'wave.started').find((event) => event.play === play.id && event.wave === 0);
  const isInLine = last.size === asked?.hosts.length && [...last.values()].every((kind) => kind === 'ok');
  const wasAsked = eventsOf(trace, 'approval.asked').some(
    (event) => event.play === play.id && event.after === 'check',
  );
  return isInLine && !wasAsked ? last.get(host) : undefined;
}

/** What a person is asked once a wave went through, and the run goes on. */
function pausesAfter({ play, isLook, isCanary, hosts, steps }: WaveTold): readonly string[] {
  const { pause } = play.policy;
  if (isLook) {
    const ends = steps.flatMap((step) =>
      step.step === 'ended' && step.job.wave === 0 ? [[step.outcome.host, step.outcome.kind] as const] : [],
    );
    const last = new Map(ends);
    return hosts.every((host) => last.get(host) === 'ok') ? [] : ['check'];
  }
  if (isCanary && pause.includes('after_canary')) return ['canary'];
  return pause.includes('after_wave') ? ['wave'] : [];
}

function isStopped({ trace, result }: Told): boolean {
  return result.isInterrupted || isInterruptedIn(trace);
}

function isForward({ kind, wave }: Job): boolean {
  return wave > 0 && (kind === 'apply' || kind === 'plan');
}

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
  numRuns: number,
  drawn = scenarios(),
): Promise<void> {
  const seed = Number(process.env.SLUICE_RUNS_SEED ?? 20_260_102);
  await fc.assert(fc.asyncProperty(drawn, holds), { seed, numRuns });
}
