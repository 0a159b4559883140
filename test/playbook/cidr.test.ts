import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cidr } from '../../src/playbook/cidr.ts';
import type { Seen } from '../../src/playbook/seen.ts';
import { complaints, inputRules } from './fleet.ts';

/** What an expression renders to, as one token of a rule. */
const rendered = (expression: string, vars = {}) =>
  inputRules(`-A INPUT -m comment --comment ${expression}`, vars)[0]?.split(' ').at(-1);

describe('(cidr network …)', () => {
  test.each([
    ['10.0.0.5/24', '', '10.0.0.0/24'],
    ['10.0.0.5', '', '10.0.0.5/32'],
    ['10.1.2.3/255.255.0.0', '', '10.1.0.0/16'],
    ['10/8', '', '10.0.0.0/8'],
    ['0.0.0.0/0', '', '0.0.0.0/0'],
    ['2001:DB8:0:0::5/64', '', '2001:db8::/64'],
    ['2001:db8::5', '', '2001:db8::5/128'],
    ['10.0.0.5/24', '"network"', '10.0.0.0/24'],
    ['10.0.0.5/24', '"address"', '10.0.0.5'],
    ['10/8', '"address"', '10.0.0.0'],
    ['2001:db8:0::5/64', '"address"', '2001:db8::5'],
    ['10.0.0.5/24', '"first"', '10.0.0.0'],
    ['10.0.0.5/24', '"last"', '10.0.0.255'],
    ['10.0.0.5', '"last"', '10.0.0.5'],
    ['2001:db8::5/64', '"last"', '2001:db8::ffff:ffff:ffff:ffff'],
    ['10.0.0.5/24', '"prefix"', '24'],
    ['10.0.0.0/255.255.254.0', '"prefix"', '23'],
    ['10.0.0.5/20', '"netmask"', '255.255.240.0'],
    ['0.0.0.0/0', '"netmask"', '0.0.0.0'],
    ['10.0.0.5', '"netmask"', '255.255.255.255'],
    ['2001:db8::/48', '"netmask"', 'ffff:ffff:ffff::'],
    ['10.0.0.5/24', '"host" 0', '10.0.0.0'],
    ['10.0.0.5/24', '"host" 254', '10.0.0.254'],
    ['10.0.0.5/24', '"host" -1', '10.0.0.255'],
    ['10.0.0.5/24', '"host" "7"', '10.0.0.7'],
    ['10.0.0.0/8', '"host" 65536', '10.1.0.0'],
    ['2001:db8::/64', '"host" 17', '2001:db8::11'],
    ['2001:db8::/64', '"host" -1', '2001:db8::ffff:ffff:ffff:ffff'],
    ['2001:db8::/32', '"host" "79228162514264337593543950335"', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['10.0.0.5/24', '"subnet" 26 0', '10.0.0.0/26'],
    ['10.0.0.5/24', '"subnet" 26 3', '10.0.0.192/26'],
    ['10.0.0.5/24', '"subnet" 26 -1', '10.0.0.192/26'],
    ['10.0.0.5/24', '"subnet" 24 0', '10.0.0.0/24'],
    ['10.0.0.5/24', '"subnet" 32 5', '10.0.0.5/32'],
    ['2001:db8::/48', '"subnet" 64 17', '2001:db8:0:11::/64'],
  ])('%s %s is %s', (net, rest, answer) => {
    expect(rendered(`{{cidr net ${rest}}}`, { net })).toBe(answer);
  });

  test.each([
    ['10.0.0.0/8', '10.1.2.3', 'in'],
    ['10.0.0.0/8', '10.9.0.0/16', 'in'],
    ['10.0.0.0/8', '10.0.0.0/8', 'in'],
    ['10.0.0.77/24', '10.0.0.1', 'in'],
    ['10.0.0.0/8', '11.0.0.0', 'out'],
    ['10.0.0.0/8', '10.0.0.0/7', 'out'],
    ['10.0.0.0/8', '0.0.0.0/0', 'out'],
    ['0.0.0.0/0', '2001:db8::1', 'out'],
    ['2001:db8::/32', '2001:db8:1::/48', 'in'],
    ['2001:db8::/32', '2001:db9::1', 'out'],
    ['::/0', '10.0.0.1', 'out'],
  ])('of %s, %s is %s', (net, other, answer) => {
    const text = '{{#if (cidr net "contains" other)}}in{{else}}out{{/if}}';
    expect(rendered(text, { net, other })).toBe(answer);
  });

  test('goes together with other helpers', () => {
    const vars = { lans: ['10.0.0.7/24', '2001:db8::7/64'], at: 10 };
    const each = '{{#each (family lans)}}\n-A INPUT -s {{cidr this "host" (add ../at 1)}}\n{{/each}}';
    expect(inputRules(each, vars)).toEqual(['-A INPUT -s 10.0.0.11']);
    expect(rendered('{{endpoint (cidr net "host" 3) 80}}', { net: '2001:db8::/64' })).toBe(
      '[2001:db8::3]:80',
    );
  });

  test.each([
    ['cidr net', { net: 'web.example' }, 'bad-address: net is "web.example", no address and no network'],
    ['cidr net', { net: '10.0.0.0/33' }, 'bad-address: net is "10.0.0.0/33", no address and no network'],
    ['cidr net', { net: '10.0.0.256/24' }, 'bad-address: net is "10.0.0.256/24", no address and no network'],
    ['cidr net', { net: '010.0.0.1/8' }, 'bad-address: net is "010.0.0.1/8", no address and no network'],
    [
      'cidr net',
      { net: '2001:db8::/129' },
      'bad-address: net is "2001:db8::/129", no address and no network',
    ],
    ['cidr net', { net: 'fe80::1%eth0' }, 'bad-address: net is "fe80::1%eth0", no address and no network'],
    [
      'cidr net',
      { net: '10.0.0.1 -j ACCEPT' },
      'bad-address: net is "10.0.0.1 -j ACCEPT", no address and no network',
    ],
    [
      'cidr net',
      { net: '10.0.0.1,10.0.0.2' },
      'bad-address: net is "10.0.0.1,10.0.0.2", no address and no network',
    ],
    [
      'cidr net',
      { net: '10.0.0.0/255.0.255.0' },
      'bad-address: net is "10.0.0.0/255.0.255.0", and its mask has gaps',
    ],
    ['cidr net', { net: '' }, 'bad-address: net is "", no address and no network'],
    ['cidr net', { net: 10 }, 'bad-address: net is "10", no address and no network'],
    [
      'cidr net',
      { net: ['10.0.0.0/8'] },
      'not-a-token: net is a list (["10.0.0.0/8"]), which has no place in a line',
    ],
    ['cidr net', {}, 'undefined-variable: net is not defined'],
    ['cidr net "hots" 1', { net: '10.0.0.0/8' }, 'arguments: cidr has no "hots"'],
    [
      'cidr net "host"',
      { net: '10.0.0.0/8' },
      'arguments: cidr "host" takes NUMBER after it, not 0 arguments',
    ],
    [
      'cidr net "subnet" 26',
      { net: '10.0.0.0/8' },
      'arguments: cidr "subnet" takes PREFIX and NUMBER after it, not 1 argument',
    ],
    [
      'cidr net "prefix" 26',
      { net: '10.0.0.0/8' },
      'arguments: cidr "prefix" takes nothing after it, not 1 argument',
    ],
    ['cidr net "host" 4', { net: '10.0.0.0/30' }, 'arguments: net is "10.0.0.0/30": it has no host number 4'],
    [
      'cidr net "host" -5',
      { net: '10.0.0.0/30' },
      'arguments: net is "10.0.0.0/30": it has no host number -5',
    ],
    ['cidr net "host" n', { net: '10.0.0.0/30', n: 1.5 }, 'arguments: n is 1.5, not a whole number'],
    ['cidr net "host" n', { net: '10.0.0.0/30', n: 'x' }, 'arguments: n is "x", not a whole number'],
    [
      'cidr net "subnet" 20 0',
      { net: '10.0.0.0/24' },
      'arguments: net is "10.0.0.0/24": a /20 is no part of it',
    ],
    [
      'cidr net "subnet" 33 0',
      { net: '10.0.0.0/24' },
      'arguments: net is "10.0.0.0/24": a /33 is no part of it',
    ],
    [
      'cidr net "subnet" 26 4',
      { net: '10.0.0.0/24' },
      'arguments: net is "10.0.0.0/24": it has no /26 number 4',
    ],
    [
      '#if (cidr net "contains" n)',
      { net: '10.0.0.0/8', n: 'web' },
      'bad-address: n is "web", no address and no network',
    ],
    [
      'cidr net "contains" net',
      { net: '10.0.0.0/8' },
      'not-a-token: cidr net "contains" net is a boolean (true), which has no place in a line',
    ],
  ])('{{%s}} of %j is an error', (call, vars, complaint) => {
    const text = call.startsWith('#if') ? `{{${call}}}x{{/if}}` : `{{${call}}}`;
    expect(complaints(`-A INPUT -m comment --comment ${text}`, vars)).toEqual([complaint]);
  });

  test("says of any network what Node's own BlockList says", () => {
    const ofFamily = (bits: 32 | 128) =>
      fc.record({
        bits: fc.constant(bits),
        bytes: fc.array(fc.integer({ min: 0, max: 255 }), { minLength: bits / 8, maxLength: bits / 8 }),
        prefix: fc.integer({ min: 0, max: bits }),
        longer: fc.integer({ min: 0, max: bits }),
        at: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
      });
    fc.assert(
      fc.property(fc.oneof(ofFamily(32), ofFamily(128)), ({ bits, bytes, prefix, longer, at }) => {
        const family = bits === 32 ? 'ipv4' : 'ipv6';
        const written =
          bits === 32
            ? bytes.join('.')
            : bytes
                .map((byte, i) => `${byte.toString(16).padStart(2, '0')}${i % 2 && i < 15 ? ':' : ''}`)
                .join('');
        const net = `${written}/${prefix}`;
        const ask = (of: Seen, ...rest: Seen[]) =>
          String(cidr([of, ...rest].map((value) => ({ value, name: 'x' }))));
        const list = new BlockList();
        list.addSubnet(written, prefix, family);

        const count = 2n ** BigInt(bits - prefix);
        const host = ask(net, 'host', String(at % count));
        for (const inside of [ask(net, 'first'), ask(net, 'last'), host, ask(net, 'address')])
          expect(list.check(inside, family)).toBe(true);
        // From the end it is the same one; and the network is the same whichever of its addresses says it.
        expect(ask(net, 'host', String((at % count) - count))).toBe(host);
        expect(ask(`${host}/${prefix}`)).toBe(ask(net));
        expect(ask(net, 'contains', host)).toBe('true');

        const length = Math.max(prefix, longer);
        const parts = 2n ** BigInt(length - prefix);
        const part = ask(net, 'subnet', length, String(at % parts));
        expect(ask(part)).toBe(part);
        expect(list.check(ask(part, 'last'), family)).toBe(true);
        const next = (at % parts) + 1n;
        if (next < parts) {
          const after = new BlockList();
          after.addSubnet(part.split('/')[0] ?? '', length, family);
          expect(after.check(ask(ask(net, 'subnet', length, String(next)), 'first'), family)).toBe(false);
        }
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});
