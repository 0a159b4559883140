import { describe, expect, it } from 'vitest';
import { judgePing } from '../../src/checks/ping.ts';
import { check, observe } from './example.ts';
import { gatewayWith, isRoot, PROHIBITED, pathOf, UNREACHABLE } from './tools.ts';

it.each([
  ['open 0.05 ms', 'open', 'pass', 'a reply in 0.05 ms'],
  ['open 0.05 ms', 'closed', 'fail', 'a reply in 0.05 ms'],
  ['filtered', 'closed', 'pass', 'timed out after 1 s (filtered)'],
  ['filtered', 'refused', 'fail', 'timed out after 1 s (filtered)'],
  ['prohibited', 'refused', 'pass', 'administratively prohibited'],
  ['silent', 'closed', 'pass', "no answer within 1 s (refused or filtered: the tool there can't tell)"],
  ['silent', 'filtered', 'unknown', "no answer within 1 s (refused or filtered: the tool there can't tell)"],
  ['unclear ping: who knows', 'closed', 'unknown', 'ping: who knows'],
  ['', 'closed', 'unknown', 'ping said nothing'],
] as const)('%s, expecting %s: %s, %s', (printed, expected, verdict, seen) => {
  expect(judgePing(expected, `${printed}\n`, 1_000)).toEqual({ verdict, seen });
});

const hasPing = isRoot && pathOf('ping') !== undefined;
const ping = (address: string, expected: 'open' | 'closed' | 'refused' | 'filtered') =>
  ({ kind: 'ping', address, expect: expected }) as const;

it.skipIf(!hasPing)('has a reply here, in both families', async () => {
  for (const address of ['127.0.0.1', '::1'])
    expect(await observe(check(ping(address, 'open')))).toMatchObject({
      verdict: 'pass',
      seen: expect.stringMatching(/^a reply in [\d.]+ ?ms$/),
    });
});

describe.skipIf(!hasPing).each(['ping', 'ping=busybox', 'busybox'])('with %s', (tool) => {
  const from = { from: 'gateway', timeoutSeconds: 1 } as const;
  it('has a reply, and tells what is out of reach', async () => {
    const elsewhere = gatewayWith([tool], 'own network');
    const seen = async (address: string) => {
      const { verdict, seen } = await observe(check(ping(address, 'closed'), from), elsewhere);
      return `${verdict}: ${seen}`;
    };
    expect(await seen('127.0.0.1')).toMatch(/^fail: a reply in [\d.]+ ?ms$/);
    expect(await seen(UNREACHABLE)).toBe('pass: no route to host');
    expect(await seen(PROHIBITED)).toMatch(/^pass: administratively prohibited$/);
    expect(await seen('192.0.2.3')).toBe('unknown: network is unreachable from here');
    elsewhere.close();
  });
});
