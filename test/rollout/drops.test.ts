import { expect, test } from 'vitest';
import { compareDrops } from '../../src/rollout/drops.ts';

const watch = { rules: [], overSeconds: 10, increasePercentage: 50, atLeastPerSecond: 10 };
const rates = (...perSecond: readonly number[]) =>
  perSecond.map((rate, index) => ({ rule: `rule ${index + 1}`, perSecond: rate }));

test.each([
  { before: 0, after: 10, isOver: false, why: 'by as much as may be' },
  { before: 0, after: 10.1, isOver: true, why: 'by more than may be' },
  { before: 10, after: 19, isOver: false, why: 'by nearly twice, yet by few packets' },
  { before: 100, after: 149, isOver: false, why: 'by many packets, yet by a small share' },
  { before: 100, after: 151, isOver: true, why: 'by many packets, and by a large share' },
  { before: 100, after: 0, isOver: false, why: 'not at all' },
])('$before/s before and $after/s after: it grew $why', ({ before, after, isOver }) => {
  expect(compareDrops(rates(before), rates(after), watch).isOver).toBe(isOver);
});

test('all rules count together; those that grew most are told, the first one most', () => {
  const seen = compareDrops(rates(10, 20, 30, 0, 5), rates(11, 50, 10, 90, 7), watch);
  expect(seen).toMatchObject({ before: 65, after: 168, limit: 97.5, isOver: true });
  expect(seen.arithmetic).toBe(
    '168.0/s dropped after the wave, 65.0/s before it: > 97.5/s (50 % and 10/s more)',
  );
  expect(seen.rules.map(({ rule }) => rule)).toEqual(['rule 4', 'rule 2', 'rule 5']);
});
