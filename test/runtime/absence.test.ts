import { afterEach, expect, test, vi } from 'vitest';
import { watchAbsence } from '../../src/runtime/absence.ts';

afterEach(() => {
  vi.useRealTimers();
});

function watched() {
  vi.useFakeTimers();
  let monotonicMs = 0;
  let wallMs = 1_000_000;
  const absence = watchAbsence(
    () => wallMs,
    () => monotonicMs,
  );
  return {
    absence,
    /** Time goes by, second by second, as where the process runs all the time. */
    work: (seconds: number) => {
      for (let second = 0; second < seconds; second += 1) {
        monotonicMs += 1_000;
        wallMs += 1_000;
        vi.advanceTimersByTime(1_000);
      }
    },
    /** The process stands still, and perhaps its monotonic clock with it. */
    beAway: (ms: number, monotonic: 'goes on' | 'stands still') => {
      wallMs += ms;
      if (monotonic === 'goes on') monotonicMs += ms;
    },
    step: (ms: number) => {
      wallMs += ms;
    },
    now: () => monotonicMs,
  };
}

test('a process that runs all the time was never away', () => {
  const { absence, work } = watched();
  work(120);
  expect(absence.isSince(0)).toBe(false);
});

test.each(['goes on', 'stands still'] as const)(
  'an absence in which the monotonic clock %s is seen',
  (how) => {
    const { absence, work, beAway, now } = watched();
    work(10);
    const since = now();
    beAway(30_000, how);
    expect(absence.isSince(since)).toBe(true);
    work(10);
    expect(absence.isSince(since)).toBe(true);
    expect(absence.isSince(now())).toBe(false);
  },
);

test('what a busy machine explains is none, nor is a clock that was put back', () => {
  const { absence, work, beAway, step } = watched();
  beAway(4_000, 'goes on');
  work(2);
  step(-3_600_000);
  work(2);
  expect(absence.isSince(0)).toBe(false);
});
