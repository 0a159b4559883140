import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitTokens } from '../../src/ruleset/tokens.ts';
import { renderSetTexts, restoreText } from './fleet.ts';
import { GOOD_SETS } from './set-examples.ts';

const complaintsOf = (text: string, vars = {}, families: Parameters<typeof renderSetTexts>[2] = ['ipv4']) =>
  renderSetTexts([text], vars, families).problems.map(
    ({ code, line, message }) => `${line} ${code}: ${message}`,
  );

test.each(GOOD_SETS)('%j is taken', (text) => {
  const rendered = renderSetTexts([text]);
  expect(rendered.problems).toEqual([]);
  const lines = text.split('\n').filter((line) => line !== '');
  expect(restoreText(rendered).trim().split('\n').toSorted()).toEqual(
    lines.map((line) => line.replace('comment bare', 'comment "bare"')).toSorted(),
  );
});

test('lines come out in one spelling, without comments and blanks', () => {
  const text =
    '# head\n\n  create\tx   "hash:ip"  comment\r\nadd x 10.0.0.1 comment two\n add "x" 10.0.0.2   comment "a  b"\n';
  expect(renderSetTexts([text]).sets).toEqual([
    {
      name: 'x',
      create: 'create x hash:ip comment',
      members: ['add x 10.0.0.1 comment "two"', 'add x 10.0.0.2 comment "a  b"'],
      keepsMembers: false,
      source: { template: 'templates/s0', line: 3 },
    },
  ]);
});

describe('lines that are refused', () => {
  test.each([
    ['destroy x', 'command: destroy has no place in a template'],
    ['flush', 'command: flush has no place in a template'],
    ['swap a b', 'command: swap has no place in a template'],
    ['del x 10.0.0.1', 'command: del has no place in a template'],
    ['COMMIT', 'command: COMMIT has no place in a template'],
    ['-N x hash:ip', 'unknown-line: "-N x hash:ip" is not a line of ipset restore'],
    ['creat x hash:ip', 'unknown-line: "creat x hash:ip" is not a line of ipset restore'],
    ['create', 'set-syntax: "create" names no set'],
    ['create x', 'set-syntax: "create x" names no type'],
    ['add x', 'set-syntax: "add x" names no member'],
    ['create x hash:ips', 'set-type: there is no type of set "hash:ips"'],
    ['create x iphash', 'set-type: there is no type of set "iphash"'],
    ['create sluice.x hash:ip', 'set-name: "sluice.x" is a name that sluice keeps for itself'],
    ['create -x hash:ip', 'set-name: "-x" can\'t name a set'],
    ['create .x hash:ip', 'set-name: ".x" can\'t name a set'],
    ['create a/b hash:ip', 'set-name: "a/b" can\'t name a set'],
    ['create "a b" hash:ip', 'set-name: "a b" can\'t name a set'],
    ['create "" hash:ip', 'set-name: "" can\'t name a set'],
    [`create ${'n'.repeat(32)} hash:ip`, `set-name: "${'n'.repeat(32)}" can't name a set`],
    ['create x hash:ip -exist', 'set-option: hash:ip takes no "-exist"'],
    ['create x hash:ip --timeout 5', 'set-option: hash:ip takes no "--timeout"'],
    ['create x hash:ip range 0-5', 'set-option: hash:ip takes no "range"'],
    ['create x hash:mac family inet', 'set-option: hash:mac takes no "family"'],
    ['create x hash:ip timeout', 'set-option: "timeout" has no argument'],
    ['create x hash:ip timeout ""', 'set-option: "timeout" has no argument'],
    ['create x hash:ip timeout 5 timeout 6', 'set-option: "timeout" stands twice'],
    [
      'create x hash:ip timeout 2147484',
      'set-option: "2147484" after timeout is not seconds, at most 2147483',
    ],
    ['create x hash:ip timeout 5m', 'set-option: "5m" after timeout is not seconds, at most 2147483'],
    ['create x hash:ip maxelem 010', 'set-option: "010" after maxelem is not a number'],
    ['create x hash:ip family ipv6', 'set-option: "ipv6" after family is not inet or inet6'],
    ['create x hash:ip bitmask 24', 'set-option: "24" after bitmask is not an address'],
    ['create x bitmap:port', 'set-option: x, a bitmap:port, has no range'],
    [
      'create x bitmap:port range 1-a',
      'set-option: "1-a" after range is not two addresses or ports with "-" between them, or a network',
    ],
    ['create x hash:ip comment\\', 'set-syntax: the line holds a backslash'],
    ['create x hash:ip "', 'open-quote: a double quote is never closed in "create x hash:ip ""'],
    ['create x\u0007 hash:ip', 'control-character: the line holds a control character'],
    [
      `create x hash:ip comment\nadd x 10.0.0.1 comment "${'ü'.repeat(128)}"`,
      `set-option: "${'ü'.repeat(128)}" after comment is not at most 255 bytes`,
    ],
  ])('%s', (text, fault) => {
    expect(complaintsOf(text).map((complaint) => complaint.replace(/^\d+ /, ''))).toEqual([fault]);
  });

  test('a line that ipset would cut in two', () => {
    const zeros = '0'.repeat(300);
    const line = `add x 10.0.0.1 comment "${'c'.repeat(200)}" packets 0x${zeros} bytes 0x${zeros} skbqueue 0x${zeros}`;
    expect(complaintsOf(`create x hash:ip comment counters skbinfo\n${line}`)).toEqual([
      '2 set-syntax: the line is longer than 1022 bytes',
    ]);
  });

  test('all at once, each with the way out', () => {
    const { problems } = renderSetTexts(['create x hash:pi\nad x 1\n\nflush\ncreate y hash:ip tmeout 3']);
    expect(problems.map(({ line, remedy }) => `${line} ${remedy}`)).toMatchInlineSnapshot(`
      [
        "1 Did you mean "hash:ip"? Types are bitmap:ip bitmap:ip,mac bitmap:port hash:ip hash:mac hash:ip,mac hash:net hash:net,net hash:ip,port hash:net,port hash:ip,port,ip hash:ip,port,net hash:ip,mark hash:net,port,net hash:net,iface list:set.",
        "2 Did you mean "add"? Lines are create NAME TYPE, add NAME MEMBER and # comments: they say what there should be.",
        "4 Lines are create NAME TYPE, add NAME MEMBER and # comments: they say what there should be.",
        "5 Did you mean "timeout"? Options are netmask, bitmask, family, hashsize, maxelem, bucketsize, initval, forceadd, timeout, counters, comment, skbinfo.",
      ]
    `);
  });
});

describe('members that are refused', () => {
  test.each([
    ['hash:ip', 'web.example', 'hostname-in-set: "web.example" is a name, not an address'],
    ['hash:ip', '[web-1]', 'hostname-in-set: "[web-1]" is a name, not an address'],
    ['hash:ip', '10/8', 'bad-address: "10/8" is not an IPv4 address or network that this set can hold'],
    ['hash:ip', '10.0.0', 'bad-address: "10.0.0" is not an IPv4 address or network that this set can hold'],
    [
      'hash:ip',
      '167772161',
      'bad-address: "167772161" is not an IPv4 address or network that this set can hold',
    ],
    [
      'hash:ip',
      '010.0.0.1',
      'bad-address: "010.0.0.1" is not an IPv4 address or network that this set can hold',
    ],
    [
      'hash:ip',
      '10.0.0.1/033',
      'bad-address: "10.0.0.1/033" is not an IPv4 address or network that this set can hold',
    ],
    [
      'hash:ip',
      '10.0.0.1/255.255.255.0',
      'bad-address: "10.0.0.1/255.255.255.0" is not an IPv4 address or network that this set can hold',
    ],
    ['hash:ip', '10.0.0.1-web', 'hostname-in-set: "10.0.0.1-web" is a name, not an address'],
    ['hash:ip', '10.0.0.1,10.0.0.2', 'set-member: "10.0.0.1,10.0.0.2" is no member for x, a hash:ip'],
    [
      'hash:ip',
      '2001:db8::1',
      'wrong-family: "2001:db8::1" is an IPv6 address, and the set is of family inet',
    ],
    ['hash:ip', '-exist', 'hostname-in-set: "-exist" is a name, not an address'],
    ['hash:ip', '""', 'bad-address: "" is not an IPv4 address or network that this set can hold'],
    [
      'hash:ip family inet6',
      '10.0.0.1',
      'wrong-family: "10.0.0.1" is an IPv4 address, and the set is of family inet6',
    ],
    [
      'hash:ip family inet6',
      '10.0.0.1-10.0.0.9',
      'wrong-family: "10.0.0.1-10.0.0.9" is an IPv4 address, and the set is of family inet6',
    ],
    [
      'hash:ip family inet6',
      'fd00::/64',
      'bad-address: "fd00::/64" is not an IPv6 address or network that this set can hold',
    ],
    [
      'hash:ip family inet6',
      'fd00::1-fd00::9',
      'bad-address: "fd00::1-fd00::9" is not an IPv6 address or network that this set can hold',
    ],
    [
      'hash:net',
      '0.0.0.0/0',
      'bad-address: "0.0.0.0/0" is not an IPv4 address or network that this set can hold',
    ],
    [
      'hash:net family inet6',
      '::/0',
      'bad-address: "::/0" is not an IPv6 address or network that this set can hold',
    ],
    [
      'bitmap:ip range 10.0.0.0/24',
      'fd00::1',
      'wrong-family: "fd00::1" is an IPv6 address, and the set is of family inet',
    ],
    ['hash:ip,port', '10.0.0.1', 'set-member: "10.0.0.1" is no member for x, a hash:ip,port'],
    ['hash:ip,port', '10.0.0.1,http', 'set-member: "http" is not a port'],
    ['hash:ip,port', '10.0.0.1,tcp:http', 'set-member: "tcp:http" is not a port'],
    ['hash:ip,port', '10.0.0.1,65536', 'set-member: "65536" is not a port'],
    ['hash:ip,port', '10.0.0.1,tcp:080', 'set-member: "tcp:080" is not a port'],
    ['hash:ip,port', '10.0.0.1,0:80', 'set-member: "0:80" is not a port'],
    ['hash:ip,port,net', '10.0.0.1,80,web', 'hostname-in-set: "web" is a name, not an address'],
    ['hash:mac', '02-00-00-aa-bb-cc', 'set-member: "02-00-00-aa-bb-cc" is not a MAC address'],
    ['hash:net,iface', '10.0.0.0/8,0123456789abcdef', 'set-member: "0123456789abcdef" is not an interface'],
    ['hash:ip,mark', '10.0.0.1,0x100000000', 'set-member: "0x100000000" is not a mark'],
    [
      'hash:ip',
      '10.0.0.1 timeout 3',
      'set-option: x is created without timeout, so its members have no timeout',
    ],
    [
      'hash:ip',
      '10.0.0.1 comment "c"',
      'set-option: x is created without comment, so its members have no comment',
    ],
    [
      'hash:ip',
      '10.0.0.1 packets 3',
      'set-option: x is created without counters, so its members have no packets',
    ],
    ['hash:ip', '10.0.0.1 nomatch', 'set-option: members of x, a hash:ip, have no nomatch'],
    ['hash:net', '10.0.0.0/8 wildcard', 'set-option: members of x, a hash:net, have no wildcard'],
    ['hash:ip', '10.0.0.1 netmask 3', 'set-option: add takes no "netmask"'],
    ['hash:ip', '10.0.0.1 before 10.0.0.2', 'set-option: "before" and "after" have no place in a template'],
    ['hash:ip maxelem 1', '10.0.0.1\nadd x 10.0.0.2', 'set-size: x would have 2 members and holds at most 1'],
  ])('%s: %s', (type, member, fault) => {
    expect(
      complaintsOf(`create x ${type}\nadd x ${member}`).map((said) => said.replace(/^\d+ /, '')),
    ).toEqual([fault]);
  });
});

test('no value of a variable ever adds a token or a line', () => {
  const nasty = fc.constantFrom(
    ' ',
    '\t',
    '\n',
    '\r',
    '"',
    "'",
    '\\',
    '#',
    '-',
    ',',
    '/',
    'a',
    '1',
    '.',
    '\u2028',
    '\u0000',
    '{',
    'flush',
    'add y 1.2.3.4',
    'nomatch',
  );
  // What a line could go on with, if a value were let to.
  const more = fc.constantFrom(
    '10.0.0.1',
    '5',
    ' nomatch',
    ' timeout 3',
    ' packets 1',
    ' ',
    '\n',
    'add y 1.2.3.4',
  );
  const values = fc.oneof(
    fc.ipV4(),
    fc.array(more, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')),
    fc.string(),
    fc.string({ unit: nasty, maxLength: 8 }),
    fc.string({ minLength: 240, maxLength: 1100 }),
    fc.integer(),
  );
  const places = [
    '{{x}}',
    '10.0.0.{{x}}',
    '10.0.0.1 comment {{x}}',
    '10.0.0.1 comment "{{x}}"',
    '10.0.0.1 comment "a {{x}} b"',
    '10.0.0.1 comment a"{{x}}"',
    '{{x}} comment "{{x}}"',
    '10.0.0.1 timeout {{x}}',
    '10.0.0.1 timeout 1{{x}}',
  ];
  const template = (place: string) =>
    `create s hash:net comment counters timeout 9\ncreate y hash:ip\nadd s ${place}\nadd y 10.9.9.9\n`;
  const shape = (text: string) => text.split('\n').map((line) => splitTokens(line).tokens.length);
  const plain: Readonly<Record<string, string>> = {
    '{{x}}': '10.0.0.7',
    '{{x}} comment "{{x}}"': '10.0.0.7',
  };
  let rendered = 0;
  fc.assert(
    fc.property(values, fc.constantFrom(...places), (x, place) => {
      const one = renderSetTexts([template(place)], { x });
      expect(one.sets.length === 0).toBe(one.problems.length > 0);
      if (one.sets.length === 0) return;
      rendered += 1;
      const text = restoreText(one);
      expect(shape(text)).toEqual(
        shape(restoreText(renderSetTexts([template(place)], { x: plain[place] ?? '5' }))),
      );
      // ipset reads no more than this at once.
      for (const line of text.split('\n')) expect(new TextEncoder().encode(line).length).toBeLessThan(1023);
    }),
    { seed: 20, numRuns: 2000 },
  );
  // Enough must get through for the property to mean anything.
  expect(rendered).toBeGreaterThan(300);
});
