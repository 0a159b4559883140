import { describe, expect, it } from 'vitest';
import { Findings } from '../../src/inventory/findings.ts';
import { parseVarsFile } from '../../src/inventory/vars-file.ts';

function read(text: string) {
  const findings = new Findings();
  const vars = parseVarsFile(text, 'all.yml', findings);
  return { vars, problems: findings.problems.map(({ file, line, code }) => `${file}:${line ?? ''} ${code}`) };
}

it.each([
  ['a: 1\nb: [x, {c: no}]\n', { a: 1, b: ['x', { c: false }] }],
  ['{"a": "yes"}', { a: 'yes' }],
  ['{a: yes}', { a: true }],
  ['1: a\nyes: b\n~: c\n', { 1: 'a', true: 'b', null: 'c' }],
  ['', {}],
  ['---\n# nothing\n', {}],
  ['~\n', {}],
])('reads %j', (text, vars) => {
  expect(read(text)).toEqual({ vars, problems: [] });
});

describe('problems', () => {
  it.each([
    ['- 1\n', 'all.yml:1 vars-mapping'],
    ['text\n', 'all.yml:1 vars-mapping'],
    ['x: [\n', 'all.yml:2 yaml-syntax'],
  ])('places the problem of %j', (text, problem) => {
    expect(read(text)).toEqual({ vars: {}, problems: [problem] });
  });
});

it.each(['a: ENC[x]\nsops:\n  mac: ENC[y]\n', '{"a": "ENC[x]", "sops": {"mac": "ENC[y]"}}'])(
  'warns of a file that SOPS has encrypted: %j',
  (text) => {
    const findings = new Findings();
    expect(parseVarsFile(text, 'all.sops.yml', findings)).toMatchObject({ a: 'ENC[x]' });
    expect(findings.warnings).toMatchObject([{ code: 'sops-file', file: 'all.sops.yml' }]);
  },
);

it('keeps a variable called __proto__ a variable', () => {
  const { vars } = read('__proto__: {polluted: yes}\n');
  expect(Object.keys(vars)).toEqual(['__proto__']);
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
});
