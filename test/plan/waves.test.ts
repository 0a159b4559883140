import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  limitWaves,
  type PlannedWaves,
  planWaves,
  type Wave,
  type WaveFleet,
  type WavePolicy,
} from '../../src/plan/waves.ts';
import type { RolloutPolicy, Size } from '../../src/playbook/model.ts';

type Canary = RolloutPolicy['canary'];

const none: Canary = { kind: 'none' };
const count = (count: number): Size => ({ kind: 'count', count });
const percentage = (percentage: number): Size => ({ kind: 'percentage', percentage });
const fleet = (size: number) => Array.from({ length: size }, (_, index) => `gw${index + 1}`);

/** Waves of `gw1`, `gw2` …, with no variables, jump hosts or patterns but those given. */
function planned(
  hosts: number | readonly string[],
  policy: Pick<WavePolicy, 'canary' | 'serial'> & Partial<WavePolicy>,
  more: Partial<WaveFleet> = {},
): PlannedWaves {
  const names = typeof hosts === 'number' ? fleet(hosts) : hosts;
  return planWaves(
    { hosts: names, match: () => [], variableOf: () => undefined, jumpsOf: () => [], seed: 1, ...more },
    { order: { kind: 'inventory' }, ...policy },
  );
}

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
    const waves = wavesOf(planned(hosts, { canary: none, serial }));
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
    const waves = wavesOf(planned(hosts, { canary, serial: [] }));
    expect(waves.map((wave) => wave.hosts)).toEqual(expected);
    expect(waves.map((wave) => wave.isCanary)).toEqual(
      expected.map((_, index) => canary !== none && index === 0),
    );
  });

  test('by pattern: only hosts of the play, in the order of the play', () => {
    const match = (pattern: string) => (pattern === 'spare:gw3:gw2' ? ['spare', 'gw3', 'gw2'] : []);
    const canary: Canary = { kind: 'pattern', pattern: 'spare:gw3:gw2' };
    const waves = wavesOf(planned(4, { canary, serial: [count(1)] }, { match }));
    expect(waves.map((wave) => wave.hosts)).toEqual([['gw2', 'gw3'], ['gw1'], ['gw4']]);
  });

  test('a pattern that matches no host of the play is refused', () => {
    const policy = { canary: { kind: 'pattern', pattern: 'gw-fra-1' }, serial: [] } as const;
    expect(planned(2, policy, { match: () => ['gw-fra-1'] })).toEqual({
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
    const waves = wavesOf(planned(10, { canary: count(2), serial: [percentage(50)] }));
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
    const waves = wavesOf(planned(4, { canary, serial }));
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
        const result = planned(total, { canary, serial }, { match: () => picked });
        if (result.kind === 'refused') {
          expect(hosts.filter((host) => picked.includes(host))).toEqual([]);
          return;
        }
        const seen = result.waves.flatMap((wave) => wave.hosts);
        expect(seen.toSorted()).toEqual(hosts.toSorted());
        expect(result.waves.every((wave) => wave.hosts.length > 0)).toBe(true);
        const place = (host: string) => hosts.indexOf(host);
        for (const part of [true, false]) {
          const places = result.waves
            .filter(({ isCanary }) => isCanary === part)
            .flatMap((wave) => wave.hosts.map(place));
          expect(places).toEqual(places.toSorted((left, right) => left - right));
        }
      },
    ),
    { seed: 20_260_101, numRuns: 2_000 },
  );
});

describe('apart', () => {
  const pairs: Record<string, string> = { gw1: 'a', gw2: 'a', gw3: 'b', gw4: 'b' };
  const variableOf = (host: string) => pairs[host];

  test('the second of a pair waits for the next wave, and its place is taken', () => {
    const waves = wavesOf(planned(6, { canary: none, serial: [count(3)], apart: 'ha_pair' }, { variableOf }));
    expect(waves.map((wave) => wave.hosts)).toEqual([
      ['gw1', 'gw3', 'gw5'],
      ['gw2', 'gw4', 'gw6'],
    ]);
  });

  test('a counted canary takes no pair', () => {
    const waves = wavesOf(planned(4, { canary: count(2), serial: [], apart: 'ha_pair' }, { variableOf }));
    expect(waves.map((wave) => wave.hosts)).toEqual([
      ['gw1', 'gw3'],
      ['gw2', 'gw4'],
    ]);
  });

  test('a canary pattern that names both is refused', () => {
    const canary = { kind: 'pattern', pattern: 'gw*' } as const;
    const more = { variableOf, match: () => ['gw1', 'gw2'] };
    expect(planned(4, { canary, serial: [], apart: 'ha_pair' }, more)).toMatchObject({
      problems: [
        {
          code: 'canary-not-apart',
          message:
            'canary: the pattern "gw*" puts into one wave gw1 and gw2, which have the same ha_pair, "a"',
        },
      ],
    });
  });

  test('a jump host and those behind it never share a wave, whoever comes first', () => {
    const jumpsOf = (host: string) => (host === 'gw1' || host === 'gw3' ? ['gw2'] : []);
    const waves = wavesOf(planned(4, { canary: none, serial: [] }, { jumpsOf }));
    expect(waves.map((wave) => wave.hosts)).toEqual([['gw1', 'gw3', 'gw4'], ['gw2']]);
  });
});

test('one canary of each value of a variable; who has none is no canary', () => {
  const site: Record<string, string> = { gw1: 'fra', gw2: 'fra', gw3: 'ams', gw5: 'lon' };
  const canary = { kind: 'one_per', variable: 'site' } as const;
  const waves = wavesOf(planned(5, { canary, serial: [] }, { variableOf: (host) => site[host] }));
  expect(waves.map((wave) => wave.hosts)).toEqual([
    ['gw1', 'gw3', 'gw5'],
    ['gw2', 'gw4'],
  ]);
  expect(planned(2, { canary, serial: [] })).toMatchObject({
    problems: [{ message: 'canary: none of the 2 hosts of this play has the variable site' }],
  });
});

test('a value that gets no canary, as all its hosts must be apart from another one, is told', () => {
  const site = (host: string) => (host === 'gw1' || host === 'gw4' ? 'fra' : 'ams');
  const jumpsOf = (host: string) => (site(host) === 'ams' ? ['gw1'] : []);
  const canary = { kind: 'one_per', variable: 'site' } as const;
  const result = planned(4, { canary, serial: [] }, { variableOf: site, jumpsOf });
  expect(wavesOf(result).map((wave) => wave.hosts)).toEqual([['gw1'], ['gw2', 'gw3', 'gw4']]);
  expect(waitsOf(result)).toEqual({ gw2: 'no canary of site ams: it is reached through gw1' });
});

test('who could not be one of so many canaries is told', () => {
  const variableOf = (host: string) => (host === 'gw3' ? 'b' : 'a');
  const result = planned(3, { canary: count(2), serial: [], apart: 'pair' }, { variableOf });
  expect(wavesOf(result).map((wave) => wave.hosts)).toEqual([['gw1', 'gw3'], ['gw2']]);
  expect(waitsOf(result)).toEqual({ gw2: 'apart from gw1: both have pair a' });
});

describe('order', () => {
  test.each<{ order: WavePolicy['order']; expected: string }>([
    { order: { kind: 'inventory' }, expected: 'gw2 gw10 gw1' },
    { order: { kind: 'reverse_inventory' }, expected: 'gw1 gw10 gw2' },
    { order: { kind: 'sorted' }, expected: 'gw1 gw10 gw2' },
    { order: { kind: 'reverse_sorted' }, expected: 'gw2 gw10 gw1' },
    { order: { kind: 'by', variable: 'risk' }, expected: 'gw10 gw2 gw1' },
  ])('$order.kind', ({ order, expected }) => {
    const risk: Record<string, string> = { gw2: '10', gw10: '9' };
    const more = { variableOf: (host: string) => risk[host] };
    const waves = wavesOf(planned(['gw2', 'gw10', 'gw1'], { canary: none, serial: [], order }, more));
    expect(waves.flatMap((wave) => wave.hosts).join(' ')).toBe(expected);
  });

  test('a shuffle loses nobody, and one seed gives one order', () => {
    const shuffle = (seed: number) =>
      wavesOf(planned(40, { canary: none, serial: [], order: { kind: 'shuffle' } }, { seed })).flatMap(
        (wave) => wave.hosts,
      );
    expect(shuffle(7)).toEqual(shuffle(7));
    expect(shuffle(7)).not.toEqual(shuffle(8));
    expect(shuffle(7).toSorted()).toEqual(fleet(40).toSorted());
  });
});

test('whatever the pairs and jump hosts, no wave holds two that must be apart, and each host is in exactly one', () => {
  const fleets = fc.record({
    total: fc.nat(30),
    pair: fc.array(fc.option(fc.nat(8)), { minLength: 31, maxLength: 31 }),
    jump: fc.array(fc.option(fc.nat(30)), { minLength: 31, maxLength: 31 }),
    canary: fc.oneof(fc.nat(5).map(count), fc.constant({ kind: 'one_per', variable: 'pair' } as const)),
    serial: fc.array(fc.nat(9).map(count), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(fleets, ({ total, pair, jump, canary, serial }) => {
      const index = (host: string) => Number(host.slice(2));
      const variableOf = (host: string) => pair[index(host)]?.toString();
      const jumpsOf = (host: string) => {
        const through = jump[index(host)] ?? null;
        return through === null || through === index(host) ? [] : [`gw${through}`];
      };
      const result = planned(total, { canary, serial, apart: 'pair' }, { variableOf, jumpsOf });
      if (result.kind === 'refused') return;
      for (const { hosts } of result.waves) {
        expect(hosts.length).toBeGreaterThan(0);
        const values = hosts.flatMap((host) => variableOf(host) ?? []);
        expect(new Set(values).size).toBe(values.length);
        expect(hosts.flatMap(jumpsOf).filter((host) => hosts.includes(host))).toEqual([]);
      }
      expect(result.waves.flatMap(({ hosts }) => hosts).toSorted()).toEqual(fleet(total).toSorted());
    }),
    { seed: 20_260_102, numRuns: 2_000 },
  );
});

function waitsOf(planned: PlannedWaves): Readonly<Record<string, string>> {
  return planned.kind === 'refused' ? {} : Object.fromEntries(planned.waits);
}

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
