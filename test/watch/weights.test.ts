import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isWorthIt, weigh } from '../../src/watch/weights.ts';

const loads = (...counts: readonly number[]) =>
  counts.map((connections, index) => ({ name: `b${index + 1}`, weight: 1, connections }));
const weights = (...numbers: readonly number[]) =>
  new Map(numbers.map((one, index) => [`b${index + 1}`, one]));

describe('weights by connections', () => {
  test.each([
    ['41, 9 and 10', loads(41, 9, 10), [2, 10, 9]],
    ['equal ones', loads(20, 20, 20), [10, 10, 10]],
    ['one that just came', loads(30, 30, 0), [1, 1, 10]],
    ['none to tell by', loads(1, 0, 2), undefined],
    ['one alone', loads(50), undefined],
    [
      'one that is meant for twice as much, and has it',
      [
        { name: 'b1', weight: 2, connections: 40 },
        { name: 'b2', weight: 1, connections: 20 },
      ],
      [10, 5],
    ],
    ['one that weighs nothing', [...loads(20, 20), { name: 'b3', weight: 0, connections: 20 }], [10, 10, 0]],
  ])('%s', (_, given, expected) => {
    expect(weigh(given)).toEqual(expected === undefined ? undefined : weights(...expected));
  });

  test('more connections never weigh more, and nobody who shares weighs nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 2, maxLength: 20 }), (counts) => {
        const made = weigh(loads(...counts));
        if (made === undefined) return;
        const pairs = counts.map((count, index) => [count, made.get(`b${index + 1}`) ?? 0] as const);
        for (const [count, weight] of pairs) {
          expect(weight).toBeGreaterThanOrEqual(1);
          expect(weight).toBeLessThanOrEqual(10);
          for (const [other, its] of pairs) if (other > count) expect(its).toBeLessThanOrEqual(weight);
        }
      }),
      { seed: 7 },
    );
  });

  test('connections that stay as they are write rules anew once at most', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 2, maxLength: 20 }), (counts) => {
        const made = weigh(loads(...counts));
        if (made !== undefined) expect(isWorthIt(made, weigh(loads(...counts)) ?? new Map())).toBe(false);
      }),
      { seed: 7 },
    );
  });

  test.each([
    [weights(10, 10, 10), weights(9, 10, 10), false],
    [weights(1, 1, 1), weights(10, 10, 10), false],
    [weights(10, 10, 10), weights(2, 10, 9), true],
  ])('%o → %o', (now, next, expected) => expect(isWorthIt(now, next)).toBe(expected));
});
