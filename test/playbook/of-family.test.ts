import { describe, expect, test } from 'vitest';
import { complaints, inputRules, renderOne } from './fleet.ts';

const mixed = { list: ['10.0.0.0/8', '2001:db8::/32', '192.0.2.1'] };

describe('(family list)', () => {
  test('gives each family its own, in their order', () => {
    const template = '*filter\n{{#each (family list)}}\n-A INPUT -s {{this}}\n{{/each}}\nCOMMIT\n';
    const { rulesets, problems } = renderOne(template, mixed, ['ipv4', 'ipv6']);
    expect(problems).toEqual([]);
    const rules = rulesets.map(({ text }) => text.split('\n').filter((line) => line.startsWith('-A')));
    expect(rules).toEqual([
      ['-A INPUT -s 10.0.0.0/8', '-A INPUT -s 192.0.2.1'],
      ['-A INPUT -s 2001:db8::/32'],
    ]);
  });

  test('looks under a key, and takes one text for a list of it', () => {
    const forwards = [
      { port: 1, to: '10.0.0.1' },
      { port: 2, to: '2001:db8::1' },
    ];
    expect(
      inputRules('{{#each (family forwards "to")}}\n-A INPUT -p tcp --dport {{port}}\n{{/each}}', {
        forwards,
      }),
    ).toEqual(['-A INPUT -p tcp --dport 1']);
    expect(
      inputRules('{{#each (family one)}}\n-A INPUT -s {{this}}\n{{/each}}', { one: '10.0.0.1' }),
    ).toEqual(['-A INPUT -s 10.0.0.1']);
  });

  test.each([
    [
      '(family list)',
      { list: ['web.example'] },
      'bad-address: "web.example" in list is no address and no network',
    ],
    ['(family list)', { list: [7] }, 'bad-address: "7" in list is no address and no network'],
    [
      '(family list "to")',
      { list: [{ port: 1 }] },
      'undefined-variable: an item of list has no "to": {"port":1}',
    ],
    [
      '(family list "to")',
      { list: ['10.0.0.1'] },
      'undefined-variable: an item of list has no "to": "10.0.0.1"',
    ],
    ['(family missing)', {}, 'undefined-variable: missing is not defined'],
    ['(mandatory list)', { list: [] }, 'empty-variable: list is empty'],
    [
      '(where list "node" "x")',
      { list: [{ name: 'a' }] },
      'undefined-variable: an item of list has no "node"',
    ],
  ])('%s of %j is an error', (call, vars, complaint) => {
    expect(complaints(`{{#each ${call}}}-A INPUT\n{{/each}}`, vars)).toEqual([complaint]);
  });
});

describe('expressions of recipes', () => {
  const one = (expression: string, vars = {}) =>
    inputRules(`-A INPUT -m comment --comment ${expression}`, vars).map((rule) => rule.split(' ').at(-1));

  test.each([
    ['{{endpoint "10.0.0.1" 80}}', {}, '10.0.0.1:80'],
    ['{{endpoint to port}}', { to: '2001:db8::1', port: '443' }, '[2001:db8::1]:443'],
    ['{{default a b 22}}', {}, '22'],
    ['{{default a b 22}}', { b: 2222 }, '2222'],
    ['{{default a b 22}}', { a: null, b: 2222 }, '2222'],
    ['{{default a missing}}', { a: 1 }, '1'],
    ['{{length (where list "n" 1)}}', { list: [{ n: 1 }, { n: '1' }, { n: 2 }] }, '2'],
    ['{{join (mandatory list) ","}}', { list: ['a', 'b'] }, 'a,b'],
  ])('%s of %j', (expression, vars, text) => {
    expect(one(expression, vars)).toEqual([text]);
  });

  test.each([
    ['{{endpoint "web" 80}}', 'bad-address: "web" is "web", no address'],
    ['{{endpoint "10.0.0.0/8" 80}}', 'bad-address: "10.0.0.0/8" is "10.0.0.0/8", no address'],
    ['{{default a b}}', 'undefined-variable: b is not defined'],
  ])('%s is an error', (expression, complaint) => {
    expect(complaints(`-A INPUT -m comment --comment ${expression}`)).toEqual([complaint]);
  });
});
