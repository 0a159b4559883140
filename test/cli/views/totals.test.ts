import { expect, test } from 'vitest';
import { applyTotals, planTotals } from '../../../src/cli/views/totals.ts';
import type { Event, RecapRow } from '../../../src/rollout/events.ts';

const ROW: RecapRow = {
  host: 'gw1',
  ok: 1,
  changed: 0,
  unreachable: 0,
  failed: 0,
  rolledBack: 0,
  notStarted: 0,
};

function run(
  exitCode: number,
  recap: readonly Partial<RecapRow>[],
  halted = false,
): Extract<Event, { type: 'run.finished' }> {
  const stamp = { time: '2026-03-02T12:00:00.000Z', run: 'r1', seq: 9 };
  const rows = recap.map((row) => ({ ...ROW, ...row }));
  return { ...stamp, type: 'run.finished', exitCode, halted, recap: rows, elapsedMs: 1_500, connections: 2 };
}

test.each([
  [run(0, [{}, { changed: 1 }]), 'Done in 1.5 s, 2 SSH logins: 1 changed, 1 ok. Journal: j'],
  [run(0, []), 'Done in 1.5 s, 2 SSH logins: no gateways. Journal: j'],
  [
    run(
      2,
      [
        { rolledBack: 1, changed: 1 },
        { ok: 0, notStarted: 1 },
      ],
      true,
    ),
    'Halted after 1.5 s, 2 SSH logins: 1 rolled back, 1 not started. Journal: j',
  ],
  [run(2, [{ failed: 1 }, {}]), 'Finished with failures in 1.5 s, 2 SSH logins: 1 ok, 1 failed. Journal: j'],
  [run(4, [{ unreachable: 1 }]), 'Finished with failures in 1.5 s, 2 SSH logins: 1 unreachable. Journal: j'],
  [run(5, [{ changed: 1 }]), 'Waiting for approval after 1.5 s, 2 SSH logins: 1 changed. Journal: j'],
  [
    run(130, [{ ok: 0, notStarted: 1 }], true),
    'Interrupted after 1.5 s, 2 SSH logins: 1 not started. Journal: j',
  ],
])('apply: %#', (finished, expected) => {
  expect(applyTotals(finished, 'j')).toBe(expected);
});

test.each([
  [
    [{}, { changed: 1 }, { changed: 1 }],
    1,
    'Plan: 2 of 3 gateways would change (1 distinct change), 1 in line.',
  ],
  [[{}, { unreachable: 1 }], 0, 'Plan: 0 of 2 gateways would change, 1 in line, 1 unreachable.'],
  [[{}], 0, 'Plan: no changes, 1 of 1 gateway in line.'],
  [
    [{ changed: 1 }, { failed: 1 }, { unreachable: 1 }],
    1,
    'Plan: 1 of 3 gateways would change (1 distinct change), 0 in line, 1 failed, 1 unreachable.',
  ],
])('plan: %#', (recap, distinct, expected) => {
  expect(planTotals(run(0, recap), distinct, 'j')).toEqual([
    expected,
    'Done in 1.5 s, 2 SSH logins. Journal: j',
  ]);
});
