import { describe, expect, test } from 'vitest';
import { parseExtraVars, parseExtraVarsFile } from '../../src/playbook/extra-vars.ts';

describe('-e', () => {
  test.each([
    ['a=1', { a: '1' }],
    ['a=1 b=two', { a: '1', b: 'two' }],
    ['a="x y" b=\'p q\'', { a: 'x y', b: 'p q' }],
    ['a=x=y c=#1', { a: 'x=y', c: '#1' }],
    ['a="it\'s \\"so\\""', { a: 'it\'s "so"' }],
    ['a=', { a: '' }],
    ['{"a": 1, "b": [true]}', { a: 1, b: [true] }],
    ['{a: 1, b: x}', { a: 1, b: 'x' }],
  ])('%s', (text, vars) => {
    expect(parseExtraVars(text)).toEqual({ vars, problems: [] });
  });

  test.each([
    ['vip', '"vip" is not name=value'],
    ['a=1 =2', '"=2" is not name=value'],
    ['2a=1', '"2a=1" is not name=value'],
    ['a="x', '"a="x" is not name=value'],
    ['', '-e is empty'],
  ])('refuses %j', (text, message) => {
    expect(parseExtraVars(text).problems.map((problem) => problem.message)).toContain(message);
  });
});

const plain = (text: string) => ({ text, isSecret: false });

test('a file of variables is YAML, and its problems carry its name', () => {
  expect(parseExtraVarsFile(plain('vip: 203.0.113.1\nports: [80, 443]\n'), 'vars.yml')).toEqual({
    vars: { vip: '203.0.113.1', ports: [80, 443] },
    problems: [],
  });
  expect(parseExtraVarsFile(plain('- a\n'), 'vars.yml').problems).toMatchObject([
    { file: 'vars.yml', line: 1 },
  ]);
});
