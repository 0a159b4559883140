import { expect, it } from 'vitest';
import { judgeTcp, type TcpState, tcpStateOf } from '../../src/checks/tcp-state.ts';

const EXPECTATIONS = ['open', 'closed', 'refused', 'filtered'] as const;

it.each<[TcpState['kind'], readonly string[]]>([
  ['open', ['pass', 'fail', 'fail', 'fail']],
  ['refused', ['fail', 'pass', 'pass', 'fail']],
  ['filtered', ['fail', 'pass', 'fail', 'pass']],
  ['no-route', ['fail', 'pass', 'pass', 'fail']],
  ['prohibited', ['fail', 'pass', 'pass', 'fail']],
  // What never left the vantage proves nothing about a firewall.
  ['no-network', ['fail', 'unknown', 'unknown', 'unknown']],
  ['unresolved', ['fail', 'unknown', 'unknown', 'unknown']],
  ['other', ['fail', 'unknown', 'unknown', 'unknown']],
])('%s: %j where open, closed, refused and filtered are expected', (kind, verdicts) => {
  const state: TcpState = kind === 'other' ? { kind, reason: 'EMFILE' } : { kind };
  expect(EXPECTATIONS.map((expected) => judgeTcp(expected, state).verdict)).toEqual(verdicts);
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
  expect(tcpStateOf(Object.assign(new Error(code), { code })).kind).toBe(kind);
});
