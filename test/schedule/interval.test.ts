import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import {
  cronFields,
  formatInterval,
  parseDelay,
  parseInterval,
  timerLines,
} from '../../src/schedule/interval.ts';
import { testWithSystemd } from './systemd.ts';

test.each([
  ['1m', 1],
  ['15m', 15],
  ['120s', 2],
  ['6h', 360],
  ['1d', 1440],
  ['1w', 10_080],
  ['30d', 43_200],
])('%s is %i minutes', (written, minutes) => expect(parseInterval(written)).toBe(minutes));

test.each(['', '0m', '30s', '90s', '31d', '15', '1.5h', '-5m', '5 minutes', '1h30m', '5M'])(
  '%j is no interval',
  (written) => expect(() => parseInterval(written)).toThrow('from 1m to 30d'),
);

test('delays', () => {
  expect(['0', '90s', '5m', '1h'].map(parseDelay)).toEqual([0, 90, 300, 3600]);
  expect(() => parseDelay('soon')).toThrow('"soon" is no delay');
});

describe.each([
  [1, '1 min', '*-*-* *:00/1:00', '* * * * *'],
  [15, '15 min', '*-*-* *:00/15:00', '*/15 * * * *'],
  [60, '1 h', '*-*-* 00/1:00:00', '0 * * * *'],
  [360, '6 h', '*-*-* 00/6:00:00', '0 */6 * * *'],
  [1440, '1 day', '*-*-* 00:00:00', '0 0 * * *'],
  [10_080, '1 w', 'Mon *-*-* 00:00:00', '0 0 * * 1'],
])('every %i minutes', (minutes, _words, calendar, fields) => {
  test('by the calendar', () =>
    expect(timerLines(minutes)).toEqual([`OnCalendar=${calendar}`, 'Persistent=true']));
  test('by cron', () => expect(cronFields(minutes)).toBe(fields));
  testWithSystemd('elapses at that distance', () => {
    const told = execFileSync('systemd-analyze', ['calendar', '--iterations=4', calendar], {
      encoding: 'utf8',
      env: { ...process.env, TZ: 'UTC' },
    });
    const times = [...told.matchAll(/(?:Next elapse|Iteration #\d+|Iter\. #\d+): \w+ (\S+ \S+)/g)].map(
      ([, time]) => Date.parse(`${time}Z`),
    );
    expect(times).toHaveLength(4);
    for (const [at, time] of times.slice(1).entries()) expect(time - (times[at] ?? 0)).toBe(minutes * 60_000);
  });
});

test('an interval that divides nothing counts from the last run, and is nothing for cron', () => {
  for (const minutes of [7, 90, 25 * 60, 2 * 1440, 30 * 1440]) {
    expect(timerLines(minutes)).toEqual(['OnActiveSec=1min', `OnUnitActiveSec=${minutes}min`]);
    expect(cronFields(minutes)).toBeUndefined();
  }
});

test('formatInterval', () => {
  expect([7, 60, 90, 1440, 43_200].map(formatInterval)).toEqual([
    '7 min',
    '1 h',
    '90 min',
    '1 day',
    '30 days',
  ]);
});
