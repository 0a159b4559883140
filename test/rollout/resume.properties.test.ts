import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EventBody } from '../../src/rollout/events.ts';
import type { RolloutPlan } from '../../src/rollout/plan.ts';
import { type CutScenario, cutScenarios, type Ended, flightOf, runCut } from './cut-runs.ts';

/** A bench run draws many more: SLUICE_CUT_RUNS=100000, with a seed of its own. */
const numRuns = Number(process.env.SLUICE_CUT_RUNS ?? 2_000);
const seed = Number(process.env.SLUICE_CUT_RUNS_SEED ?? 20_261_126);
const timeout = 300_000 + 10 * numRuns;

test('a run that is cut anywhere and resumed ends as one that was not cut, and changes nothing twice', {
  timeout,
}, async () => {
  await everyRun(async (scenario) => {
    const { cut, whole } = await runCut(scenario);
    expect(cut.result).toEqual(whole.result);
    expect(lastEnds(cut)).toEqual(lastEnds(whole));
    expect(decisionsOf(cut)).toEqual(decisionsOf(whole));
    expect(twiceIn(cut)).toEqual([]);
    expect(pairsTogetherIn(cut, scenario.plan)).toEqual([]);
  });
});

test('the cuts reach every kind of decision', async () => {
  const met = new Set<string>();
  await everyRun(async (scenario) => {
    const { whole } = await runCut(scenario);
    for (const event of whole.events) {
      if (event.type === 'gate.decided') met.add(`gate ${event.decision}`);
      if (event.type === 'wave.baked') met.add(`bake ${event.decision}`);
      if (event.type === 'approval.given') met.add(event.answer);
      if (event.type === 'rollback.started') met.add(`back ${event.extent}`);
      if (event.type === 'host.finished' && event.attempt > 1) met.add(`again ${event.job}`);
    }
  }, 500);
  expect([...met].sort()).toEqual([
    'abort',
    'again apply',
    'again drift',
    'again plan',
    'again undo',
    'approve',
    'back run',
    'back wave',
    'bake proceed',
    'bake roll_back_all',
    'bake roll_back_wave',
    'gate halt',
    'gate proceed',
    'gate roll_back_all',
    'gate roll_back_wave',
  ]);
});

/** How each job came to its end, by its name. */
function lastEnds({ events }: Ended): Readonly<Record<string, EventBody>> {
  return Object.fromEntries(
    events.flatMap((event) => (event.type === 'host.finished' ? [[flightOf(event), event] as const] : [])),
  );
}

/** Changes that were begun twice under one name, and ends that were told twice. */
function twiceIn({ events }: Ended): readonly string[] {
  const names = events.flatMap((event) => {
    const isBegin = event.type === 'host.started' && (event.job === 'apply' || event.job === 'undo');
    return isBegin || event.type === 'host.finished' ? [`${event.type} ${flightOf(event)}`] : [];
  });
  return names.filter((name, index) => names.indexOf(name) !== index);
}

/** Hosts whose change began, forth or back, while that of a partner was under way. */
function pairsTogetherIn({ events }: Ended, { plays }: RolloutPlan): readonly string[] {
  const partnersOf = new Map(plays.map(({ id, pairs = [] }) => [id, pairs]));
  const flying = new Map<string, string>();
  const together: string[] = [];
  for (const event of events) {
    if (event.type !== 'host.started' && event.type !== 'host.finished') continue;
    if (event.job !== 'apply' && event.job !== 'undo') continue;
    if (event.type === 'host.finished') flying.delete(event.host);
    else {
      const pair = partnersOf.get(event.play)?.find((hosts) => hosts.includes(event.host)) ?? [];
      const others = pair.filter((host) => host !== event.host && flying.get(host) === event.play);
      if (others.length > 0) together.push(`${event.host} beside ${others.join(', ')}`);
      flying.set(event.host, event.play);
    }
  }
  return together;
}

/** What the story said, in order. */
function decisionsOf({ events }: Ended): readonly EventBody[] {
  const ofHosts = ['host.started', 'host.finished', 'host.verified', 'host.measured'];
  return events.filter(({ type }) => !ofHosts.includes(type) && type !== 'run.finished');
}

async function everyRun(holds: (scenario: CutScenario) => Promise<void>, most = numRuns): Promise<void> {
  await fc.assert(fc.asyncProperty(cutScenarios(), holds), { seed, numRuns: most });
}
