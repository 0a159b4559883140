import { expect, test } from 'vitest';
import { keepRenders } from '../../../src/cli/operations/kept-renders.ts';

const ofLines = (lines: number) => ({ rulesets: [{ sources: Array<undefined>(lines).fill(undefined) }] });

test('what is kept is taken once', () => {
  const kept = keepRenders(10);
  const rendered = ofLines(3);
  kept.put('edge gw1', rendered);
  expect(kept.take('edge gw2')).toBeUndefined();
  expect(kept.take('edge gw1')).toBe(rendered);
  expect(kept.take('edge gw1')).toBeUndefined();
});

test('never more than so many lines; what is taken makes room', () => {
  const kept = keepRenders(10);
  kept.put('a', ofLines(6));
  kept.put('b', ofLines(5));
  kept.put('c', ofLines(4));
  expect([kept.take('b'), kept.take('c')]).toEqual([undefined, ofLines(4)]);
  kept.put('d', ofLines(4));
  expect(kept.take('d')).toEqual(ofLines(4));
  expect(kept.take('a')).toEqual(ofLines(6));
});

test('the lines of a rule set that several share count once, until the last of them is taken', () => {
  const kept = keepRenders(10);
  const shared = ofLines(6);
  kept.put('a', shared);
  kept.put('b', { rulesets: [...shared.rulesets] });
  kept.put('c', ofLines(4));
  kept.take('a');
  kept.put('d', ofLines(1));
  expect([kept.take('c'), kept.take('d')]).toEqual([ofLines(4), undefined]);
  expect(kept.take('b')).toEqual(shared);
  kept.put('e', ofLines(10));
  expect(kept.take('e')).toEqual(ofLines(10));
});
