import { expect, it } from 'vitest';
import { judgePort, type PortState, portStateOf } from '../../src/checks/port-state.ts';

const EXPECTATIONS = ['open', 'closed', 'refused', 'filtered'] as const;

it.each<[PortState['kind'], readonly string[]]>([
  ['open', ['pass', 'fail', 'fail', 'fail']],
  ['refused', ['fail', 'pass', 'pass', 'fail']],
  ['filtered', ['fail', 'pass', 'fail', 'pass']],
  // Nothing came; a tool that hears no refusals can't say more.
  ['silent', ['fail', 'pass', 'unknown', 'unknown']],
  ['no-route', ['fail', 'pass', 'pass', 'fail']],
  ['prohibited', ['fail', 'pass', 'pass', 'fail']],
  // What never left the vantage proves nothing about a firewall.
  ['no-network', ['fail', 'unknown', 'unknown', 'unknown']],
  ['unresolved', ['fail', 'unknown', 'unknown', 'unknown']],
  ['other', ['fail', 'unknown', 'unknown', 'unknown']],
])('%s: %j where open, closed, refused and filtered are expected', (kind, verdicts) => {
  const state = { kind, reason: 'EMFILE', afterMs: 1_000 } as PortState;
  expect(EXPECTATIONS.map((expected) => judgePort(expected, state).verdict)).toEqual(verdicts);
});

it.each([
  ['ECONNREFUSED', 'refused'],
  ['ETIMEDOUT', 'filtered'],
  ['EHOSTUNREACH', 'no-route'],
  ['ENETUNREACH', 'no-network'],
  ['EACCES', 'prohibited'],
  ['ENOTFOUND', 'unresolved'],
  ['EAI_AGAIN', 'unresolved'],
  ['EMFILE', 'other'],
])('reads %s as %s', (code, kind) => {
  expect(portStateOf(Object.assign(new Error(code), { code })).kind).toBe(kind);
});
