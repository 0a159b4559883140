import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIniFile } from '../../src/settings/ini-file.ts';
import { findPython } from './python.ts';

type Plain = Readonly<Record<string, Readonly<Record<string, string>>>>;

function plain(text: string): Plain | 'refused' {
  const { file, problems } = parseIniFile(text, 'ansible.cfg');
  if (problems.length > 0) return 'refused';
  const sections = [...file].filter(([name, entries]) => name !== 'DEFAULT' || entries.size > 0);
  return Object.fromEntries(
    sections.map(([name, entries]) => [
      name,
      Object.fromEntries([...entries].map(([key, { value }]) => [key, value])),
    ]),
  );
}

describe('a value', () => {
  it.each([
    ['k = v', 'v'],
    ['k=v', 'v'],
    ['k : v', 'v'],
    ['k = a = b : c', 'a = b : c'],
    ['K = v', 'v'],
    ['k =', ''],
    ['k = v ; why', 'v'],
    ['k = a;b', 'a;b'],
    ['k = v # not a comment', 'v # not a comment'],
    ['k = "v"', '"v"'],
    ['k = 50%', '50%'],
    ['k = a\n  b', 'a\nb'],
    ['k = a\n  # why\n  b\n\n', 'a\nb'],
    ['k =\n  a,\n  b', '\na,\nb'],
    ['  k = v', 'v'],
    ['k = v\r', 'v'],
  ])('%j is %j', (line, value) => {
    expect(plain(`[defaults]\n${line}`)).toEqual({ defaults: { k: value } });
  });
});

it('says where each value begins', () => {
  const { file } = parseIniFile('# top\n\n[a]\nx = 1\n  2\ny: 3\n', 'ansible.cfg');
  expect(Object.fromEntries(file.get('a') ?? [])).toEqual({
    x: { value: '1\n2', line: 4 },
    y: { value: '3', line: 6 },
  });
});

it('finds everything that is wrong at once', () => {
  const text = 'early = 1\n[a]\nx = 1\nnonsense\nX = 2\n[b]\n[a]\n= 3\n';
  const { problems } = parseIniFile(text, 'ansible.cfg');
  expect(problems.map(({ line, message }) => `${line}: ${message}`)).toEqual([
    '1: a key stands before any section',
    '4: the line is neither a section nor key = value',
    '5: x of [a] stands in line 3 already',
    '7: the section [a] stands here a second time',
    '8: the line is neither a section nor key = value',
  ]);
  for (const problem of problems)
    expect(problem).toMatchObject({ code: 'invalid-config', file: 'ansible.cfg' });
});

const PIECES = [
  ...[
    '[a]',
    '[b] x',
    '[a]]',
    '[DEFAULT]',
    '[',
    '] ',
    '\n[c]\n',
    'k',
    'K',
    'key two',
    'v',
    '"q"',
    '%(x)s',
    'é',
  ],
  ...['=', ':', ' ', '  ', '\t', ';', '#', ' ;c', ' # c', '\n', '\n', '\n ', '\n\n', '\r\n'],
  ...['x = y', '\na=1\n', '\n  b'],
];

const ORACLE = `
import sys, json, configparser
def read(text):
    parser = configparser.ConfigParser(inline_comment_prefixes=(';',))
    try:
        parser.read_string(text)
    except configparser.Error:
        return 'refused'
    sections = {name: dict(parser._sections[name]) for name in parser._sections}
    return {**sections, **({'DEFAULT': dict(parser._defaults)} if parser._defaults else {})}
json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)
`;

const python = findPython();
describe(`beside Python's ConfigParser${python === undefined ? ' [SKIPPED: needs python3]' : ''}`, () => {
  it.skipIf(python === undefined)('reads and refuses the same texts', () => {
    const texts = fc.sample(
      fc.array(fc.constantFrom(...PIECES), { maxLength: 14 }).map((pieces) => pieces.join('')),
      { numRuns: 5000, seed: 20261125 },
    );
    const answer = execFileSync(python ?? '', ['-c', ORACLE], {
      input: JSON.stringify(texts),
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    const expected: readonly (Plain | 'refused')[] = JSON.parse(answer);
    expect(texts.map((text) => ({ text, is: plain(text) }))).toEqual(
      texts.map((text, index) => ({ text, is: expected[index] })),
    );
    expect(expected.filter((one) => one !== 'refused').length).toBeGreaterThan(1000);
  });
});
