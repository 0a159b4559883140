import { expect, test } from 'vitest';
import { due, type Retry, retryAfter } from '../../src/watch/due.ts';

test('those that failed wait longer each time, up to ten minutes', () => {
  let retry: Retry | undefined;
  const pauses = Array.from({ length: 9 }, () => {
    retry = retryAfter(retry, 'failed', 0, false);
    return (retry?.notBefore ?? 0) / 1000;
  });
  expect(pauses).toEqual([15, 30, 60, 120, 240, 480, 600, 600, 600]);
  expect(retryAfter(retry, 'held', 0, false)).toBeUndefined();
});

test('those that a dead gateway kept from starting come again soon; those that bad rules did wait, too', () => {
  const waited = { failures: 3, notBefore: 0 };
  expect(retryAfter(undefined, 'not_started', 1000, false)).toEqual({ failures: 0, notBefore: 6_000 });
  expect(retryAfter(waited, 'not_started', 1000, true)).toEqual({ failures: 4, notBefore: 121_000 });
});

test('a gateway is due when its rules are to be others, and it may be tried', () => {
  const gateways = [
    { name: 'gw1', wanted: 'a', held: 'a' },
    { name: 'gw2', wanted: 'b', held: 'a' },
    { name: 'gw3', wanted: 'b', held: 'a' },
  ];
  const retries = new Map([['gw3', { failures: 1, notBefore: 500 }]]);
  expect(due(gateways, retries, 499)).toEqual(['gw2']);
  expect(due(gateways, retries, 500)).toEqual(['gw2', 'gw3']);
});
