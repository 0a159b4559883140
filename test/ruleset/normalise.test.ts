import { expect, test } from 'vitest';
import { normaliseCounters, tableNames } from '../../src/ruleset/normalise.ts';

test('counters, comments and blank lines are no difference', () => {
  const counted =
    '# head\n*filter\n:INPUT DROP [5:600]\n:MINE - [0:0]\n\n[1:2] -A INPUT -m set --match-set x src\nCOMMIT\n# foot\n';
  const plain = '*filter\n:INPUT DROP [0:0]\n:MINE - [0:0]\n-A INPUT -m set --match-set x src\nCOMMIT\n';
  expect(normaliseCounters(counted)).toBe(plain);
  expect(normaliseCounters(plain)).toBe(plain);
});

test('brackets inside a rule are no counters', () => {
  const text =
    '*filter\n-A INPUT -m comment --comment "[1:2] x" -j DNAT --to-destination [2001:db8::1]:80\nCOMMIT\n';
  expect(normaliseCounters(text)).toBe(text);
});

test('the second half of a broken quote is kept', () => {
  expect(normaliseCounters('*filter\n-A INPUT -m comment --comment "a\nb" -j ACCEPT\nCOMMIT\n')).toContain(
    '\nb" -j ACCEPT\n',
  );
});

test('tables are named once, in the order of the text', () => {
  expect(tableNames('*nat\nCOMMIT\n*filter\nCOMMIT\n*nat\nCOMMIT\n')).toEqual(['nat', 'filter']);
  expect(tableNames('')).toEqual([]);
});
