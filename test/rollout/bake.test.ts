import { expect, test } from 'vitest';
import { bake } from '../../src/rollout/bake.ts';
import type { StoryEvent } from '../../src/rollout/events.ts';
import { placeOf } from '../../src/rollout/jobs.ts';
import type { DropRate, Outcome } from '../../src/rollout/outcome.ts';
import { fleetPlan, playOf } from './fleet.ts';
import { outcome } from './outcomes.ts';

const drops = { rules: [], overSeconds: 1, increasePercentage: 50, atLeastPerSecond: 10 };
/** Less than none: no such rule is there. */
const rate = (perSecond: number): DropRate[] =>
  perSecond < 0 ? [] : [{ rule: 'ipv4 filter -P INPUT DROP', perSecond }];

/** Bakes a wave whose checks pass, by what each host drops a second before the wave and after it. */
async function baked(
  rates: Readonly<Record<string, readonly [number | 'unknown', number]>>,
  rules: readonly string[] = [],
) {
  const hosts = Object.keys(rates);
  const bakePolicy = { seconds: 1, everySeconds: 1, drops: { ...drops, rules } };
  const plan = fleetPlan([playOf('edge', hosts, { bake: bakePolicy })]);
  const [play] = plan.plays;
  if (play === undefined) throw new Error('no play');
  const events: StoryEvent[] = [];
  const earlier = new Map<string, DropRate[] | Outcome>(
    Object.entries(rates).map(([host, [before]]) => [
      host,
      before === 'unknown' ? outcome(host, 'unreachable') : rate(before),
    ]),
  );
  const end = await bake(
    { ...placeOf(plan, 0, play), wave: 1 },
    hosts.map((host) => outcome(host, 'changed')),
    earlier,
    {
      runHosts: async (_, jobs) =>
        jobs.map(({ kind, host }) => ({
          ...{ host, attempt: 1, kind: 'ok' },
          ...(kind === 'measure' ? { drops: rate(rates[host]?.[1] ?? 0) } : {}),
        })),
      sleep: async () => {},
      waitSignal: async () => undefined,
      emit: (event) => void events.push(event),
    },
  );
  const told = events.find((event) => event.type === 'wave.baked');
  const warnings = events.flatMap((event) => (event.type === 'warning' ? [event.problem] : []));
  return { end, told, warnings };
}

test('of a host whose drops were not known before the wave, nothing is said but that', async () => {
  const { end, told, warnings } = await baked({ a: [1, 2], b: ['unknown', 900], c: [0, 0] });
  expect(end).toEqual({ kind: 'baked' });
  expect(told?.arithmetic).toBe(
    'all checks of 3 hosts passed in 1 look over 1 s, and what 2 of them drop is within the limit',
  );
  expect(warnings).toMatchObject([{ code: 'drops-not-compared', host: 'b' }]);
  expect(warnings[0]?.message).toContain('b: unreachable');
});

test('where all were measured, all of them count', async () => {
  const { told, warnings } = await baked({ a: [1, 2] });
  expect(told?.arithmetic).toBe(
    'all checks of 1 host passed in 1 look over 1 s, and what they drop is within the limit',
  );
  expect(warnings).toEqual([]);
});

test('of many that drop more, three are told and the others counted', async () => {
  const many = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((host) => [host, [0, 90] as const]));
  const { end, told } = await baked(many);
  expect(end).toMatchObject({ kind: 'failed', decision: 'roll_back_wave' });
  expect(told?.arithmetic).toMatch(
    /^5 of 5 hosts fail by what their rules drop \(a: 90\.0\/s .*; b: .*; c: .*; and 2 more\)$/,
  );
});

test('rules that are to be watched and are nowhere are told: a watch of nothing never fails', async () => {
  const { end, warnings } = await baked({ a: [-1, -1], b: [-1, 2], c: [-1, -1], d: [2, -1] }, [
    '-A FORWAD *',
  ]);
  expect(end).toEqual({ kind: 'baked' });
  expect(warnings).toMatchObject([
    {
      code: 'drops-of-no-rule',
      message: 'bake.drops: no rule of 2 of 4 hosts is one of those to be watched (-A FORWAD *): a, c',
    },
  ]);
  expect((await baked({ a: [-1, -1] })).warnings).toEqual([]);
});
