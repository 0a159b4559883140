import { expect, it } from 'vitest';
import { judgeTcp, type TcpState, tcpStateOf } from '../../src/checks/tcp.ts';

it.each<[TcpState['kind'], string, string]>([
  ['open', 'pass', 'fail'],
  ['refused', 'fail', 'pass'],
  ['filtered', 'fail', 'pass'],
  ['no-route', 'fail', 'pass'],
  ['prohibited', 'fail', 'pass'],
  // What never left the vantage proves nothing about a firewall.
  ['no-network', 'fail', 'unknown'],
  ['unresolved', 'fail', 'unknown'],
  ['other', 'fail', 'unknown'],
])('%s: %s where open is expected, %s where closed is', (kind, whenOpen, whenClosed) => {
  const state: TcpState = kind === 'other' ? { kind, reason: 'EMFILE' } : { kind };
  expect(judgeTcp('open', state).verdict).toBe(whenOpen);
  expect(judgeTcp('closed', state).verdict).toBe(whenClosed);
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
