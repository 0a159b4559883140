import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limitWaves, type PlannedWaves, planWaves, type Wave } from '../../src/plan/waves.ts';
import type { RolloutPolicy, Size } from '../../src/playbook/model.ts';

type Canary = RolloutPolicy['canary'];

const none: Canary = { kind: 'none' };
const count = (count: number): Size => ({ kind: 'count', count });
const percentage = (percentage: number): Size => ({ kind: 'percentage', percentage });
const fleet = (size: number) => Array.from({ length: size }, (_, index) => `gw${index + 1}`);
const matchesNone = () => [];

describe('serial sizes, as in Ansible', () => {
  test.each<{ hosts: number; serial: Size[]; sizes: number[]; why: string }>([
    {
      hosts: 6,
      serial: [count(1), percentage(50), count(100)],
      sizes: [1, 3, 2],
      why: 'the example in FACTS',
    },
    { hosts: 5, serial: [], sizes: [5], why: 'no serial: all at once' },
    {
      hosts: 5,
      serial: [count(2)],
      sizes: [2, 2, 1],
      why: 'the last size repeats, the last wave takes what is left',
    },
    { hosts: 9, serial: [count(1), count(3)], sizes: [1, 3, 3, 2], why: 'only the last size repeats' },
    {
      hosts: 10,
      serial: [percentage(30)],
      sizes: [3, 3, 3, 1],
      why: 'percentages are of all hosts, not of those left',
    },
    { hosts: 10, serial: [percentage(39)], sizes: [3, 3, 3, 1], why: 'rounded down' },
    { hosts: 3, serial: [percentage(10)], sizes: [1, 1, 1], why: 'at least one host' },
    {
      hosts: 100,
      serial: [percentage(29)],
      sizes: [29, 29, 29, 13],
      why: 'no floating point: 0.29 × 100 is below 29',
    },
    { hosts: 4, serial: [percentage(100)], sizes: [4], why: 'all' },
    { hosts: 2, serial: [count(100)], sizes: [2], why: 'more than there are' },
    { hosts: 2, serial: [count(0)], sizes: [1, 1], why: 'never an empty wave' },
    { hosts: 0, serial: [count(1)], sizes: [], why: 'nobody, no wave' },
  ])('$serial.length sizes on $hosts hosts: $why', ({ hosts, serial, sizes }) => {
    const waves = wavesOf(planWaves(fleet(hosts), { canary: none, serial }, matchesNone));
    expect(waves.map((wave) => wave.hosts.length)).toEqual(sizes);
    expect(waves.flatMap((wave) => wave.hosts)).toEqual(fleet(hosts));
  });
});

describe('the canary', () => {
  test.each<{ canary: Canary; hosts: number; expected: string[][]; why: string }>([
    { canary: count(1), hosts: 3, expected: [['gw1'], ['gw2', 'gw3']], why: 'a count' },
    { canary: count(9), hosts: 2, expected: [['gw1', 'gw2']], why: 'more than there are' },
    {
      canary: percentage(50),
      hosts: 5,
      expected: [
        ['gw1', 'gw2'],
        ['gw3', 'gw4', 'gw5'],
      ],
      why: 'a percentage, rounded down',
    },
    { canary: percentage(1), hosts: 2, expected: [['gw1'], ['gw2']], why: 'a percentage, at least one' },
    { canary: none, hosts: 2, expected: [['gw1', 'gw2']], why: 'none' },
  ])('by $canary.kind: $why', ({ canary, hosts, expected }) => {
    const waves = wavesOf(planWaves(fleet(hosts), { canary, serial: [] }, matchesNone));
    expect(waves.map((wave) => wave.hosts)).toEqual(expected);
    expect(waves.map((wave) => wave.isCanary)).toEqual(
      expected.map((_, index) => canary !== none && index === 0),
    );
  });

  test('by pattern: only hosts of the play, in the order of the play', () => {
    const match = (pattern: string) => (pattern === 'spare:gw3:gw2' ? ['spare', 'gw3', 'gw2'] : []);
    const canary: Canary = { kind: 'pattern', pattern: 'spare:gw3:gw2' };
    const waves = wavesOf(planWaves(fleet(4), { canary, serial: [count(1)] }, match));
    expect(waves.map((wave) => wave.hosts)).toEqual([['gw2', 'gw3'], ['gw1'], ['gw4']]);
  });

  test('a pattern that matches no host of the play is refused', () => {
    const policy = { canary: { kind: 'pattern', pattern: 'gw-fra-1' }, serial: [] } as const;
    expect(planWaves(fleet(2), policy, () => ['gw-fra-1'])).toEqual({
      kind: 'refused',
      problems: [
        {
          code: 'canary-matches-no-host',
          message: 'canary: the pattern "gw-fra-1" matches none of the 2 hosts of this play',
          remedy:
            'Name a host of the play (--limit may have left it out), or write a number, a percentage or none.',
        },
      ],
    });
  });

  test('the sizes after it are still of all hosts', () => {
    const waves = wavesOf(planWaves(fleet(10), { canary: count(2), serial: [percentage(50)] }, matchesNone));
    expect(waves.map((wave) => wave.hosts.length)).toEqual([2, 5, 3]);
  });
});

describe('titles', () => {
  test.each<{ canary: Canary; serial: Size[]; titles: string[] }>([
    { canary: none, serial: [], titles: ['all hosts'] },
    { canary: count(4), serial: [], titles: ['canary'] },
    { canary: count(1), serial: [], titles: ['canary', 'the rest'] },
    { canary: count(1), serial: [count(1), count(2)], titles: ['canary', 'wave 1 of 2', 'wave 2 of 2'] },
    { canary: none, serial: [count(2)], titles: ['wave 1 of 2', 'wave 2 of 2'] },
  ])('$titles', ({ canary, serial, titles }) => {
    const waves = wavesOf(planWaves(fleet(4), { canary, serial }, matchesNone));
    expect(waves.map((wave) => wave.title)).toEqual(titles);
  });
});

test('each host is in exactly one wave, no wave is empty, and the order is kept', () => {
  const size = fc.oneof(fc.nat(12).map(count), fc.integer({ min: 1, max: 100 }).map(percentage));
  const picks = fc.array(fc.nat(45), { maxLength: 5 });
  fc.assert(
    fc.property(
      fc.nat(40),
      fc.array(size, { maxLength: 4 }),
      fc.option(fc.oneof(size, picks)),
      (total, serial, choice) => {
        const hosts = fleet(total);
        const picked = Array.isArray(choice) ? choice.map((index) => `gw${index}`) : [];
        const canary =
          choice === null
            ? none
            : Array.isArray(choice)
              ? ({ kind: 'pattern', pattern: 'x' } as const)
              : choice;
        const planned = planWaves(hosts, { canary, serial }, () => picked);
        if (planned.kind === 'refused') {
          expect(hosts.filter((host) => picked.includes(host))).toEqual([]);
          return;
        }
        const seen = planned.waves.flatMap((wave) => wave.hosts);
        expect(seen.toSorted()).toEqual(hosts.toSorted());
        expect(planned.waves.every((wave) => wave.hosts.length > 0)).toBe(true);
        const place = (host: string) => hosts.indexOf(host);
        for (const part of [true, false]) {
          const places = planned.waves
            .filter(({ isCanary }) => isCanary === part)
            .flatMap((wave) => wave.hosts.map(place));
          expect(places).toEqual(places.toSorted((left, right) => left - right));
        }
      },
    ),
    { seed: 20_260_101, numRuns: 2_000 },
  );
});

function wavesOf(planned: PlannedWaves): readonly Wave[] {
  if (planned.kind === 'refused') throw new Error(planned.problems[0]?.message);
  return planned.waves;
}

describe('a limit', () => {
  const wave = (title: string, ...hosts: string[]) => ({ title, isCanary: title === 'canary', hosts });
  const waves = [wave('canary', 'a'), wave('wave 1 of 2', 'b', 'c'), wave('wave 2 of 2', 'd')];

  test('leaves the waves as they are, without the hosts that it leaves out', () => {
    expect(limitWaves(waves, (host) => host !== 'c' && host !== 'd')).toEqual([
      wave('canary', 'a'),
      wave('wave 1 of 2', 'b'),
    ]);
  });

  test('that leaves out the canary makes the first host that is left one', () => {
    expect(limitWaves(waves, (host) => host !== 'a')).toEqual([
      wave('canary', 'b'),
      wave('wave 1 of 2', 'c'),
      wave('wave 2 of 2', 'd'),
    ]);
    expect(limitWaves(waves.slice(1), () => true)).toEqual(waves.slice(1));
  });
});
