import { expect, test } from 'vitest';
import { countsIn } from '../../../../src/cli/operations/watch/counts.ts';

test('connections are counted by who answers, however its address is written', () => {
  // As awk prints what /proc/net/nf_conntrack has, which writes every zero of an IPv6 address.
  const printed =
    '41 10.65.255.1\n9 10.65.255.2\n7 fd00:0065:0000:0000:0000:0000:000b:0001\n1 fd00:65::b:1\nnoise\n';
  expect([...countsIn(printed)]).toEqual([
    ['10.65.255.1', 41],
    ['10.65.255.2', 9],
    ['fd00:65::b:1', 8],
  ]);
});
