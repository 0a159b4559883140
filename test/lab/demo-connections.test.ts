import { expect, test } from 'vitest';
import { connectionsSince, parsePassiveOpens } from '../../src/lab/demo-connections.ts';

const SNMP = `Ip: Forwarding DefaultTTL
Ip: 1 64
Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails
Tcp: 1 200 120000 -1 4 17 0
Udp: InDatagrams NoPorts
Udp: 0 0
`;

test('reads the counter by its name', () => {
  expect(parsePassiveOpens(SNMP)).toBe(17);
});

test('no counter is an error, not a zero', () => {
  expect(() => parsePassiveOpens('')).toThrow('names no PassiveOpens');
  expect(() => parsePassiveOpens(SNMP.replace('PassiveOpens', 'Other'))).toThrow('names no PassiveOpens');
});

test('counts what came in between', () => {
  const before = new Map([['gw1', 3]]);
  const after = new Map([
    ['gw1', 5],
    ['gw2', 1],
  ]);
  expect([...connectionsSince(before, after)]).toEqual([
    ['gw1', 2],
    ['gw2', 1],
  ]);
});
