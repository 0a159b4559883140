import { expect, test } from 'vitest';
import { troublesOf } from '../../../src/cli/operations/troubles-of.ts';
import type { TransactionReport } from '../../../src/gateway/report.ts';

function transaction(token: string, state: string, more: Partial<TransactionReport> = {}): TransactionReport {
  const since = '2026-01-01T00:00:00Z';
  return { token, state, play: 'edge', owner: 'me@here', since, isLast: false, isFirst: false, ...more };
}

/** Codes and tokens of what a person must see to; the newest transaction first. */
function troubles(...transactions: readonly TransactionReport[]): readonly string[] {
  return troublesOf('gw1', { kind: 'reported', layout: '1', transactions }).map(
    ({ code, message }) => `${code}: ${message.split(' ')[1]}`,
  );
}

test('what ended well, or is under way, is no trouble', () => {
  expect(troubles()).toEqual([]);
  expect(
    troubles(
      transaction('t3', 'applied', { runner: 'alive' }),
      transaction('t2', 'rolled_back'),
      transaction('t1', 'confirmed'),
    ),
  ).toEqual([]);
});

test('a rollback that failed is one until a later change of that play is confirmed', () => {
  const failed = transaction('t1', 'rollback_failed');
  expect(troubles(failed)).toEqual(['rollback-failed: t1']);
  expect(troubles(transaction('t2', 'rolled_back'), failed)).toEqual(['rollback-failed: t1']);
  expect(troubles(transaction('t2', 'confirmed', { play: 'other' }), failed)).toEqual([
    'rollback-failed: t1',
  ]);
  expect(troubles(transaction('t2', 'confirmed'), failed)).toEqual([]);
});

test('what was confirmed and not recorded; what nobody there ends', () => {
  expect(
    troubles(
      transaction('t3', 'applied', { due: 'later', secondsLeft: 7 }),
      transaction('t2', 'rolling', { due: 'takeover', play: 'other' }),
      transaction('t1', 'persist_failed'),
    ),
  ).toEqual(['runner-and-guard-dead: t3', 'persist-failed: t1', 'overdue: t2']);
});
