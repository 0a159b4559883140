import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { familyOf, isAddress, isNetwork } from '../../src/ruleset/address.ts';

test('an address is what Node takes for one', () => {
  const piece = fc.constantFrom(
    '0',
    '1',
    'f',
    '255',
    '256',
    'ffff',
    '10000',
    '::',
    ':',
    '.',
    '1.2.3.4',
    'db8',
    'g',
    '%eth0',
    ' ',
    '',
  );
  const text = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join('')),
    fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join(':')),
  );
  fc.assert(
    fc.property(text, (address) => {
      // iptables reads 010 as octal or not at all, so that leading zeros are best left to nobody: Node refuses them, too.
      expect([address, isAddress(address, 'ipv4')]).toEqual([address, isIPv4(address)]);
      if (!address.includes('%'))
        expect([address, isAddress(address, 'ipv6')]).toEqual([address, isIPv6(address)]);
    }),
    { seed: 5, numRuns: 5000 },
  );
});

test.each([
  ['10.0.0.0/8', 'ipv4'],
  ['10/8', 'ipv4'],
  ['10.0.0.0/255.0.0.0', 'ipv4'],
  ['0/0', 'ipv4'],
  ['::/0', 'ipv6'],
  ['2001:db8::/ffff:ffff::', 'ipv6'],
  ['10.0.0.0/33', undefined],
  ['10.0.0.0/8/8', undefined],
  ['300/8', undefined],
  ['2001:db8::/129', undefined],
  ['/8', undefined],
  ['web', undefined],
  ['', undefined],
] as const)('%j is a network of %s', (text, family) => {
  expect(familyOf(text)).toBe(family);
  if (family !== undefined) expect(isNetwork(text, family)).toBe(true);
});
