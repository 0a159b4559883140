import { describe, expect, test } from 'vitest';
import { parseFragment } from '../../src/playbook/fragment.ts';
import type { Family } from '../../src/ruleset/model.ts';

const origin = { template: { name: 'a.hbs', file: 'templates/a.hbs' } };

const parse = (text: string, family: Family = 'ipv4') =>
  parseFragment(
    text.split('\n').map((line, index) => ({ text: line, line: index + 1, origin })),
    family,
  );

const faults = (text: string, family?: Family) =>
  parse(text, family).faults.map(({ line, code, message }) => `${line} ${code}: ${message}`);

const inFilter = (line: string, family?: Family) =>
  faults(`*filter\n${line}\nCOMMIT`, family).map((fault) => fault.slice(2));

test('iptables-restore text is read with comments, blank lines, indentation, counters and both spellings', () => {
  const text =
    '# head\n\n*filter\n:INPUT DROP [5:600]\n  :MINE - [0:0]\n-N OTHER\n[1:2] -A INPUT -j MINE\n\t--append MINE -j ACCEPT \nCOMMIT\n*nat\nCOMMIT';
  expect(parse(text)).toEqual({
    faults: [],
    tables: [
      expect.objectContaining({
        name: 'filter',
        chains: [
          { chain: 'INPUT', policy: 'DROP', line: 4, origin },
          { chain: 'MINE', policy: '-', line: 5, origin },
          { chain: 'OTHER', policy: '-', line: 6, origin },
        ],
        rules: [
          { chain: 'INPUT', text: '-A INPUT -j MINE', jump: 'MINE', line: 7, origin },
          { chain: 'MINE', text: '--append MINE -j ACCEPT', jump: 'ACCEPT', line: 8, origin },
        ],
      }),
      expect.objectContaining({ name: 'nat', chains: [], rules: [] }),
    ],
  });
});

describe('the frame', () => {
  test.each([
    [
      'text outside a table',
      '-A INPUT -j DROP',
      ['1 outside-table: "-A INPUT -j DROP" stands outside a table'],
    ],
    [
      'text after COMMIT',
      '*filter\nCOMMIT\n-A INPUT',
      ['3 outside-table: "-A INPUT" stands outside a table'],
    ],
    ['a table without COMMIT', '*filter\n-A INPUT', ['1 missing-commit: table filter is never committed']],
    [
      'a table inside a table',
      '*filter\n*nat\nCOMMIT',
      ['1 missing-commit: table filter is never committed'],
    ],
    [
      'a table that does not exist, once',
      '*filters\n:INPUT DROP\n-A X -j Y\nCOMMIT',
      ['1 unknown-table: there is no table "filters"'],
    ],
    [
      'a COMMIT in small letters',
      '*filter\ncommit\nCOMMIT',
      ['2 unknown-line: "commit" is not a line of a rule set (COMMIT stands alone, in capitals)'],
    ],
  ])('%s', (_, text, expected) => {
    expect(faults(text)).toEqual(expected);
  });
});

describe('lines that are refused', () => {
  test.each([
    ['-I INPUT -j DROP', 'command: -I has no place in a template'],
    ['-D INPUT -j DROP', 'command: -D has no place in a template'],
    ['-R INPUT 1 -j DROP', 'command: -R has no place in a template'],
    ['-F', 'command: -F has no place in a template'],
    ['-X MINE', 'command: -X has no place in a template'],
    ['-Z', 'command: -Z has no place in a template'],
    ['-P INPUT DROP', 'command: -P has no place in a template'],
    ['--policy INPUT DROP', 'command: --policy has no place in a template'],
    ['-A INPUT -t nat -j DROP', 'command: -t has no place in a template'],
    ['iptables -A INPUT -j DROP', 'unknown-line: "iptables -A INPUT -j DROP" is not a line of a rule set'],
    ['-s 10.0.0.1 -A INPUT', 'unknown-line: "-s 10.0.0.1 -A INPUT" is not a line of a rule set'],
    ['-A', 'unknown-line: "-A" names no chain'],
    [
      '-A INPUT -m comment --comment "x',
      'open-quote: a double quote is never closed in "-A INPUT -m comment --comment "x"',
    ],
    ['-A INPUT -p tcp \\', 'continuation: a rule ends with a backslash'],
    ['-A INPUT\u0007 -j DROP', 'control-character: the line holds a control character'],
    [':INPUT', 'chain-syntax: ":INPUT" does not declare a chain'],
    [':INPUT REJECT [0:0]', 'policy: INPUT has the policy REJECT'],
    [':MINE DROP [0:0]', "policy: the chain MINE can't have the policy DROP"],
    [':PREROUTING ACCEPT [0:0]', 'wrong-table: table filter has no chain PREROUTING'],
    [':LOG - [0:0]', 'chain-name: LOG is the name of a target, not of a chain'],
    [':ACCEPT - [0:0]', 'chain-name: ACCEPT is the name of a target, not of a chain'],
    [':!x - [0:0]', 'chain-name: "!x" can\'t name a chain'],
    [`:${'c'.repeat(29)} - [0:0]`, `chain-name: "${'c'.repeat(29)}" can't name a chain`],
  ])('%s', (line, fault) => {
    expect(inFilter(line)).toEqual([fault]);
  });

  test('option letters inside free text are no options', () => {
    expect(
      inFilter('-A INPUT -m comment --comment "-t -I" -m comment --comment -j -j LOG --log-prefix -s'),
    ).toEqual([]);
  });
});

describe('addresses', () => {
  test.each<[string, Family]>([
    ['-s 10.0.0.1', 'ipv4'],
    ['! -s 10.0.0.0/8 -d 10/8', 'ipv4'],
    ['-s 192.168/16,0/0,10.0.0.0/255.0.0.0', 'ipv4'],
    ['-m iprange --src-range 10.0.0.1-10.0.0.9', 'ipv4'],
    ['-j DNAT --to-destination 10.0.0.1-10.0.0.9:80-90', 'ipv4'],
    ['-j DNAT --to-dest :8080', 'ipv4'],
    ['-j SNAT --to 10.0.0.1:1024-2048', 'ipv4'],
    ['-j NETMAP --to 10.0.0.0/24', 'ipv4'],
    ['-m string --algo bm --from 1 --to 100 --string x -j DROP', 'ipv4'],
    ['-j TEE --gateway 10.0.0.1', 'ipv4'],
    ['-m comment --comment "to web.example -s web"', 'ipv4'],
    ['-s ::/0 -d 2001:db8::/32,fe80::1', 'ipv6'],
    ['-s ::ffff:1.2.3.4', 'ipv6'],
    ['-j DNAT --to-destination [2001:db8::1]:80', 'ipv6'],
    ['-j DNAT --to-destination [2001:db8::1]-[2001:db8::9]:80', 'ipv6'],
    ['-j DNAT --to-destination 2001:db8::1', 'ipv6'],
    ['-j DNAT --to-destination 2001:db8::1-2001:db8::9', 'ipv6'],
  ])('%s is fine in %s', (rule, family) => {
    expect(inFilter(`-A INPUT ${rule}`, family)).toEqual([]);
  });

  test.each<[string, Family, string]>([
    ['-s web.example', 'ipv4', 'hostname-in-rule: "web.example" after -s is a name, not an address'],
    ['--source 10.0.0.1,web', 'ipv4', 'hostname-in-rule: "web" after --source is a name, not an address'],
    ['! -d localhost/32', 'ipv4', 'hostname-in-rule: "localhost/32" after -d is a name, not an address'],
    [
      '-j DNAT --to-destination web:80',
      'ipv4',
      'hostname-in-rule: "web" after --to-destination is a name, not an address',
    ],
    ['-j SNAT --to-source gw', 'ipv6', 'hostname-in-rule: "gw" after --to-source is a name, not an address'],
    ['-j DNAT --to web', 'ipv4', 'hostname-in-rule: "web" after --to is a name, not an address'],
    ['-s 10.0.0.256', 'ipv4', 'bad-address: "10.0.0.256" after -s is not an IPv4 address or network'],
    ['-s 10.0.0.0/33', 'ipv4', 'bad-address: "10.0.0.0/33" after -s is not an IPv4 address or network'],
    ['-s 10.0.0.1,', 'ipv4', 'bad-address: "" after -s is not an IPv4 address or network'],
    [
      '-j DNAT --to-destination 10.0.0.1:80-10.0.0.2:80',
      'ipv4',
      'bad-address: "10.0.0.1:80-10.0.0.2:80" is no range of addresses',
    ],
    [
      '-s 2001:db8::1',
      'ipv4',
      'wrong-family: "2001:db8::1" after -s is an IPv6 address, but the rule is rendered for ipv4',
    ],
    [
      '-d 10.0.0.1',
      'ipv6',
      'wrong-family: "10.0.0.1" after -d is an IPv4 address, but the rule is rendered for ipv6',
    ],
    [
      '-j DNAT --to-destination 10.0.0.1:80',
      'ipv6',
      'wrong-family: "10.0.0.1" after --to-destination is an IPv4 address, but the rule is rendered for ipv6',
    ],
  ])('%s is refused in %s', (rule, family, fault) => {
    expect(inFilter(`-A INPUT ${rule}`, family)).toEqual([fault]);
  });
});
