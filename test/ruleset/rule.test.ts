import { expect, test } from 'vitest';
import { formatRule, parseRule } from '../../src/ruleset/rule.ts';

test('a rule is read into what it matches and where it goes', () => {
  const rule = parseRule(
    '-A INPUT  ! -i lo -p tcp --dport 22 -m comment --comment "by hand" -j LOG --log-prefix "in: "',
    'ipv4',
  );
  expect(rule.doubt).toBeUndefined();
  expect(rule.chain).toBe('INPUT');
  expect(rule.basics).toEqual([
    { name: '-i', values: ['lo'], isNegated: true, first: 2, end: 5 },
    { name: '-p', values: ['tcp'], isNegated: false, first: 5, end: 7 },
  ]);
  expect(rule.matches.map(({ name, options }) => [name, options])).toEqual([
    ['tcp', [{ name: '--dport', values: ['22'], isNegated: false, first: 7, end: 9 }]],
    ['comment', [{ name: '--comment', values: ['by hand'], isNegated: false, first: 11, end: 13 }]],
  ]);
  expect(rule.target?.name).toBe('LOG');
  expect(rule.target?.options).toEqual([
    { name: '--log-prefix', values: ['in: '], isNegated: false, first: 15, end: 17 },
  ]);
});

test.each([
  '-A INPUT -m future --what -1 ! --ever "a b" -j FUTURE --now',
  '  -A  "INPUT"\t-m comment --comment "a \\"b\\" c"  ',
  '-A INPUT -m comment --comment "never closed -j ACCEPT',
  '! ! - -- --x',
  '',
])('whatever it is, it is printed as it stood: %s', (text) => {
  expect(formatRule(parseRule(text, 'ipv4'))).toBe(text);
});

test('an unknown module keeps its options as they are written, and the doubt is told', () => {
  const rule = parseRule('-A INPUT -m future --what 1 2 ! --ever "-x" -j DROP', 'ipv4');
  expect(rule.doubt).toBe('sluice does not know the match future');
  expect(
    rule.matches[0]?.options.map(({ name, values, isNegated }) => ({ name, values, isNegated })),
  ).toEqual([
    { name: '--what', values: ['1', '2'], isNegated: false },
    { name: '--ever', values: ['-x'], isNegated: true },
  ]);
  expect(rule.target?.name).toBe('DROP');
});

test.each([
  ['-A INPUT -p tcp --dport', '--dport lacks its argument'],
  ['-A INPUT -p tcp --dport=22', 'sluice does not know the option --dport=22'],
  ['-A INPUT -s 1.1.1.1 -s 2.2.2.2', '-s stands twice'],
  ['-A INPUT -m comment ! --comment x', '"!" before --comment'],
  ['-A INPUT -j ACCEPT # why', '"#" is no option'],
  ['-j ACCEPT', 'it appends to no chain'],
])('%s: %s', (text, doubt) => {
  expect(parseRule(text, 'ipv4').doubt).toBe(doubt);
});
