import { expect, test } from 'vitest';
import { formatStanding, formatTransactions } from '../../../src/cli/commands/standing.ts';
import type { GatewayReport, LockReport, TransactionReport } from '../../../src/gateway/report.ts';

const confirmed: TransactionReport = {
  token: 't1',
  state: 'confirmed',
  play: 'edge',
  owner: 'me@here',
  since: '2026-01-01T00:00:01Z',
  isLast: true,
  isFirst: false,
};
const lock: LockReport = {
  token: 't2',
  owner: 'you@there',
  play: 'edge',
  since: '2026-01-01T00:00:02Z',
  secondsLeft: 23,
  holder: 'alive',
};
const last = 'last confirmed: edge 2026-01-01T00:00:01Z by me@here';
const whose = 'by you@there since 2026-01-01T00:00:02Z (play edge, transaction t2)';

function standing(report: Partial<GatewayReport>): string {
  return formatStanding({ kind: 'reported', layout: '1', transactions: [], ...report });
}

test('a gateway that nobody holds', () => {
  expect(formatStanding({ kind: 'reported', transactions: [] })).toBe('never managed by sluice');
  expect(standing({})).toBe('idle; nothing confirmed yet');
  expect(standing({ transactions: [confirmed] })).toBe(`idle; ${last}`);
  const forward = { ...confirmed, token: 't0', play: 'forward' };
  expect(standing({ transactions: [confirmed, forward] })).toBe(
    `idle; ${last}, forward 2026-01-01T00:00:01Z by me@here`,
  );
  const back = { ...confirmed, token: 't2', state: 'rolled_back', isLast: false };
  const why = { rolledBackBy: 'the gateway at its deadline', reason: 'no confirm', endedSecondsAgo: 70 };
  expect(standing({ transactions: [{ ...back, ...why }, confirmed] })).toBe(
    `idle; rolled back 1 min 10 s ago by the gateway at its deadline: no confirm; ${last}`,
  );
});

test.each([
  ['prepared', `prepared, nothing changed yet, 23 s left, ${whose}`],
  ['armed', `armed, 23 s left, ${whose}`],
  ['applied', `applied and waiting for its confirm, 23 s left, ${whose}`],
  ['rolling', `being rolled back, ${whose}`],
  ['lost_reboot', `locked ${whose}, which is over (lost_reboot): the next run frees it, or sluice unlock`],
])('a gateway whose lock is held by one that is %s', (state, words) => {
  expect(standing({ lock: { ...lock, state }, transactions: [confirmed] })).toBe(`${words}; ${last}`);
});

test('a lock whose session died, and one whose transaction is gone', () => {
  const dead = { ...confirmed, token: 't2', state: 'prepared', due: 'cancel', isLast: false } as const;
  expect(standing({ lock: { ...lock, state: 'prepared' }, transactions: [dead] })).toContain(
    'session is gone',
  );
  expect(standing({ lock })).toContain('which is over (gone)');
});

test('the transactions, a line each', () => {
  const undo = { ...confirmed, token: 't2', undoOf: 't0' };
  expect(formatTransactions({ kind: 'reported', transactions: [undo] })).toEqual([
    't2: confirmed; current, takes back t0, play edge, begun 2026-01-01T00:00:01Z by me@here',
  ]);
});
