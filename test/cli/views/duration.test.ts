import { expect, test } from 'vitest';
import { formatDuration, formatStopwatch } from '../../../src/cli/views/duration.ts';

test.each([
  [0, '0.0 s'],
  [4_120, '4.1 s'],
  [59_949, '59.9 s'],
  [59_950, '1 min 0 s'],
  [192_000, '3 min 12 s'],
  [3_780_000, '1 h 3 min'],
])('%i ms last %s', (ms, expected) => {
  expect(formatDuration(ms)).toBe(expected);
});

test.each([
  [-5, '0:00'],
  [42_900, '0:42'],
  [3_665_000, '61:05'],
])('after %i ms the stopwatch shows %s', (ms, expected) => {
  expect(formatStopwatch(ms)).toBe(expected);
});
