import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findAnchors } from '../../src/ruleset/anchors.ts';

test('anchors are lines that stand once on both sides, in the same order', () => {
  expect(findAnchors(['a', 'x', 'b', 'x', 'c', 'd'], ['d', 'a', 'y', 'b', 'c'])).toEqual([
    { before: 0, after: 1 },
    { before: 2, after: 3 },
    { before: 4, after: 4 },
  ]);
});

test('anchors always rise on both sides, and no longer row exists', () => {
  const order = fc
    .uniqueArray(fc.integer({ min: 0, max: 12 }), { maxLength: 8 })
    .map((numbers) => numbers.map(String));
  fc.assert(
    fc.property(order, order, (before, after) => {
      const anchors = findAnchors(before, after);
      for (const anchor of anchors) expect(before[anchor.before]).toBe(after[anchor.after]);
      for (const [index, anchor] of anchors.slice(1).entries()) {
        expect(anchor.before).toBeGreaterThan(anchors[index]?.before ?? -1);
        expect(anchor.after).toBeGreaterThan(anchors[index]?.after ?? -1);
      }
      expect(anchors.length).toBe(longestCommon(before, after));
    }),
    { seed: 23, numRuns: 500 },
  );
});

/** The textbook's longest common subsequence: slow and certain. */
function longestCommon([first, ...rest]: readonly string[], after: readonly string[]): number {
  if (first === undefined) return 0;
  const at = after.indexOf(first);
  const without = longestCommon(rest, after);
  return at < 0 ? without : Math.max(without, 1 + longestCommon(rest, after.slice(at + 1)));
}
