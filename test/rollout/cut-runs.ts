import fc from 'fast-check';
import type { RolloutPolicy, Size } from '../../src/playbook/model.ts';
import type { Event, EventBody } from '../../src/rollout/events.ts';
import type { Outcome } from '../../src/rollout/outcome.ts';
import type { PlannedPlay, RolloutPlan, RunResult } from '../../src/rollout/plan.ts';
import { rollout } from '../../src/rollout/rollout.ts';
import type { Job, Runtime } from '../../src/rollout/runtime.ts';
import { recordingOf } from '../../src/runtime/recording.ts';
import { resumedRuntime } from '../../src/runtime/replay.ts';
import { fleetPlan, playOf } from './fleet.ts';
import { outcome } from './outcomes.ts';
import type { Kind } from './simulated-runtime.ts';

/** How one process of a run stops: killed once so many events of it were written, asked to stop then, or with nobody to ask. */
type Stop = { readonly kind: 'killed' | 'asked'; readonly after: number } | { readonly kind: 'unattended' };

export type CutScenario = {
  readonly plan: RolloutPlan;
  readonly forks: number;
  /** What jobs end as, drawn by their token. */
  readonly kinds: readonly Kind[];
  /** What people answer, drawn by the question's name. */
  readonly answers: readonly ('approve' | 'abort')[];
  /** In which what was in flight at a kill has run out meanwhile, drawn by its name. */
  readonly runsOut: readonly boolean[];
  readonly stops: readonly Stop[];
};

export type Ended = { readonly result: RunResult; readonly events: readonly EventBody[] };

/** The run in processes that stop, and the run that none cut, in which the same trials ran out. */
export async function runCut(scenario: CutScenario): Promise<{ readonly cut: Ended; readonly whole: Ended }> {
  const ranOut = new Set<string>();
  let events: readonly EventBody[] = [];
  for (const stop of scenario.stops) {
    const { events: told } = await runProcess(scenario, events, ranOut, stop);
    const before = events.length;
    events = stop.kind === 'killed' ? told.slice(0, before + stop.after) : told;
    for (const flight of inFlight(events)) if (draw(flight, scenario.runsOut)) ranOut.add(flight);
  }
  const cut = await runProcess(scenario, events, ranOut);
  const whole = await runProcess(scenario, [], ranOut);
  return { cut, whole };
}

/**
 * One process of a run, which takes up what earlier ones have told. Its fleet decides by the state alone who comes to an end next, so
 * that a fleet that is met again goes on as if nothing had happened.
 */
async function runProcess(
  scenario: CutScenario,
  earlier: readonly EventBody[],
  ranOut: ReadonlySet<string>,
  stop?: Stop,
): Promise<Ended> {
  const events: EventBody[] = [...earlier];
  const emit = (event: EventBody) => void events.push(event);
  const isAsked = () => stop?.kind === 'asked' && events.length - earlier.length >= stop.after;
  const live: Runtime = {
    runHosts: async (_key, jobs, proceed) => {
      const waiting = [...jobs];
      const flying: Job[] = [];
      const ended: Outcome[] = [];
      const mayStart = (job: Job) => job.isBegun === true || (!isAsked() && proceed(ended));
      for (;;) {
        const [next] = waiting;
        if (next !== undefined && flying.length < scenario.forks && mayStart(next)) {
          waiting.shift();
          flying.push(next);
          if (next.isBegun !== true) tellStart(next, emit);
          continue;
        }
        const [first] = flying.toSorted((left, right) => hash(left.token) - hash(right.token));
        if (first === undefined) break;
        flying.splice(flying.indexOf(first), 1);
        const end = endOf(
          first,
          ranOut.has(flightOf({ ...first, job: first.kind }))
            ? 'interrupted'
            : kindFor(first, scenario.kinds),
        );
        ended.push(end);
        tellEnd(first, end, emit);
      }
      const because = isAsked() ? ('interrupted' as const) : ('budget' as const);
      const ends = new Map(ended.map((end) => [end.host, end]));
      return jobs.map(
        ({ host, attempt }): Outcome => ends.get(host) ?? { host, attempt, kind: 'not_started', because },
      );
    },
    sleep: async (name) => emit({ type: 'sleep.started', name, until: '2026-01-01T00:00:00.000Z' }),
    waitSignal: async (name) => {
      if (name === 'interrupt') return isAsked() ? 'SIGINT' : undefined;
      if (isAsked() || stop?.kind === 'unattended') return undefined;
      const answer = draw(name, scenario.answers) ?? 'approve';
      emit({ type: 'approval.given', name, answer, by: 'ada@laptop' });
      return answer;
    },
    emit: (event) => emit(event.type === 'run.finished' ? { ...event, elapsedMs: 0, connections: 0 } : event),
  };
  const waiting = { msUntil: () => 0, pause: async () => {} };
  // As they come back from a file.
  const recorded = JSON.parse(JSON.stringify(earlier.map(stamped))) as Event[];
  const runtime = earlier.length === 0 ? live : resumedRuntime(recordingOf(recorded), live, waiting);
  return { result: await rollout(scenario.plan, runtime), events };
}

function stamped(body: EventBody, index: number): Event {
  return { time: '2026-01-01T00:00:00.000Z', run: 'r', seq: index + 1, ...body };
}

function tellStart(job: Job, emit: (event: EventBody) => void): void {
  const { kind, host, play, wave, attempt } = job;
  if (kind === 'verify' || kind === 'measure') return;
  emit({ type: 'host.started', host, play, wave, attempt, job: kind });
}

function tellEnd(job: Job, end: Outcome, emit: (event: EventBody) => void): void {
  const { kind, host, play, wave, attempt } = job;
  const ref = { host, play, wave, attempt, outcome: end };
  if (kind === 'verify') emit({ type: 'host.verified', ...ref });
  else if (kind === 'measure') emit({ type: 'host.measured', ...ref });
  else emit({ type: 'host.finished', ...ref, job: kind });
}

/** Changes that were begun and have no end. */
function inFlight(events: readonly EventBody[]): readonly string[] {
  const open = new Set<string>();
  for (const event of events) {
    if (event.type === 'host.started' && (event.job === 'apply' || event.job === 'undo'))
      open.add(flightOf(event));
    if (event.type === 'host.finished') open.delete(flightOf(event));
  }
  return [...open];
}

type Flight = Pick<Job, 'play' | 'wave' | 'host' | 'attempt'> & { readonly job?: Job['kind'] };

/** What names a job in the journal. */
export function flightOf({ job, play, wave, host, attempt }: Flight): string {
  return [job, play, wave, host, attempt].join(' ');
}

function endOf(job: Job, kind: Kind): Outcome {
  const { host, attempt, token } = job;
  if (kind === 'changed') return { host, attempt, kind, token };
  if (kind === 'ok' && job.kind === 'measure') {
    const perSecond = hash(token) % 40;
    return { host, attempt, kind, drops: [{ rule: 'filter -P INPUT DROP', perSecond }] };
  }
  return outcome(host, kind, attempt);
}

/** Looks and measures change nothing, and rarely fail. */
function kindFor(job: Job, kinds: readonly Kind[]): Kind {
  const kind = draw(job.token, kinds) ?? 'ok';
  if (job.kind !== 'verify' && job.kind !== 'measure') return kind;
  return (kind === 'failed' || kind === 'unreachable') && hash(`${job.token}?`) % 3 === 0 ? kind : 'ok';
}

function draw<T>(name: string, from: readonly T[]): T | undefined {
  return from[hash(name) % from.length];
}

function hash(text: string): number {
  let sum = 7;
  for (const letter of text) sum = (sum * 31 + letter.charCodeAt(0)) % 2_147_483_647;
  return sum % 65_521;
}

const fleet = Array.from({ length: 9 }, (_, index) => `gw${index + 1}`);
const calm = fc.oneof(
  { weight: 24, arbitrary: fc.constantFrom<Kind>('ok', 'changed', 'changed', 'changed') },
  { weight: 2, arbitrary: fc.constantFrom<Kind>('failed', 'rolled_back', 'unreachable', 'unknown') },
  { weight: 1, arbitrary: fc.constant<Kind>('interrupted') },
);
const stormy = fc.constantFrom<Kind>('ok', 'changed', 'changed', 'interrupted', 'failed', 'unreachable');

/** Runs of up to two plays, with every policy of order there is, cut once, twice or three times. */
export function cutScenarios(): fc.Arbitrary<CutScenario> {
  const play = fc.record({
    hosts: fc.subarray(fleet, { minLength: 1 }),
    policy: policies(),
    enforce: fc.constantFrom(true, true, true, true, false),
  });
  const plays = fc.array(play, { minLength: 1, maxLength: 2 });
  const after = fc.nat(60);
  const stop: fc.Arbitrary<Stop> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('killed' as const), after }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('asked' as const), after }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'unattended' as const }) },
  );
  return fc
    .record({
      plan: fc.tuple(plays, fc.constantFrom(false, false, false, true)).map(([drawn, onlyDrifted]) => ({
        ...fleetPlan(drawn.map((one, index) => playFrom(index, one))),
        onlyDrifted,
      })),
      forks: fc.integer({ min: 1, max: 4 }),
      kinds: fc.oneof(...[calm, stormy].map((kind) => fc.array(kind, { minLength: 40, maxLength: 40 }))),
      answers: fc.array(fc.constantFrom('approve' as const, 'approve' as const, 'abort' as const), {
        minLength: 5,
        maxLength: 5,
      }),
      runsOut: fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }),
      stops: fc.array(stop, { minLength: 1, maxLength: 3 }),
    })
    .map((scenario) => {
      // Of several hosts in flight, those that an interrupt lets end come before those that it keeps from starting.
      const isAsked = scenario.stops.some(({ kind }) => kind === 'asked');
      return isAsked ? { ...scenario, forks: 1 } : scenario;
    });
}

function policies(): fc.Arbitrary<RolloutPolicy> {
  const size: fc.Arbitrary<Size> = fc.oneof(
    fc.record({ kind: fc.constant('count' as const), count: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ kind: fc.constant('percentage' as const), percentage: fc.integer({ min: 1, max: 100 }) }),
  );
  const drops = {
    rules: [],
    overSeconds: 2,
    increasePercentage: 50,
    atLeastPerSecond: 20,
  };
  const bake = fc.record({
    seconds: fc.integer({ min: 1, max: 30 }),
    everySeconds: fc.constantFrom(10, 15),
  });
  return fc
    .record({
      canary: fc.oneof(fc.constant({ kind: 'none' as const }), size),
      serial: fc.array(size, { maxLength: 3 }),
      order: fc.constant({ kind: 'inventory' as const }),
      maxFailPercentage: fc.constantFrom(0, 10, 25, 50, 100),
      maxFailures: fc.option(fc.nat(3), { nil: undefined }),
      onFailure: fc.constantFrom('stop' as const, 'rollback_wave' as const, 'rollback_all' as const),
      bake: fc.option(fc.tuple(bake, fc.boolean()), { nil: undefined }),
      pause: fc.subarray(['after_check', 'after_canary', 'after_wave'] as const),
      confirmWithinSeconds: fc.constant(60),
      apart: fc.option(fc.constant('pair'), { nil: undefined }),
    })
    .map(({ maxFailures, bake: drawn, apart, ...rest }) => ({
      ...rest,
      ...(apart === undefined ? {} : { apart }),
      ...(maxFailures === undefined ? {} : { maxFailures }),
      ...(drawn === undefined ? {} : { bake: drawn[1] ? { ...drawn[0], drops } : drawn[0] }),
    }));
}

function playFrom(
  index: number,
  {
    hosts,
    policy,
    enforce,
  }: { readonly hosts: readonly string[]; readonly policy: RolloutPolicy; readonly enforce: boolean },
): PlannedPlay {
  return { ...playOf(`play${index}`, hosts, policy), enforce };
}
