import { expect, it } from 'vitest';
import { parsePythonValue } from '../../src/inventory/python-literal.ts';

it.each([
  ['1500', 1500],
  ['-3', -3],
  ['+ 5', 5],
  ['0x10', 16],
  ['0b11', 3],
  ['0o17', 15],
  ['00', 0],
  ['1_000', 1000],
  ['1e3', 1000],
  ['1.10', 1.1],
  ['.5', 0.5],
  ['True', true],
  ['False', false],
  ['None', null],
  ['[1, 2]', [1, 2]],
  ['[1,[2,],]', [1, [2]]],
  ['(1, 2)', [1, 2]],
  ['(1)', 1],
  ['()', []],
  ['80,443', [80, 443]],
  ['80,', [80]],
  [`{'a': 1, "b": [True, None]}`, { a: 1, b: [true, null] }],
  ['{1: 2}', { 1: 2 }],
  ['{}', {}],
  [`'quoted'`, 'quoted'],
  [`"a\\tb\\x41\\u00e9\\d"`, 'a\tbAé\\d'],
  [`r'\\n'`, '\\n'],
  [`'a' "b"`, 'ab'],
  [`'''x'y'''`, "x'y"],
  ['1 # comment', 1],
  ['"#"', '#'],
])('reads the literal %s', (text, value) => {
  expect(parsePythonValue(text)).toEqual(value);
});

it.each([
  ...[
    '',
    'true',
    'FALSE',
    'null',
    'yes',
    '007',
    '0644',
    '1.2.3',
    '10.0.0.1',
    '10.0.0.0/8',
    '52:54:00',
    '10:20',
    '5m',
    '1__0',
    '0xg',
    '--1',
    '1+2',
  ],
  ...[
    'abc',
    'abc # kept',
    '{a:1}',
    '[a, b]',
    '[1',
    '(1',
    '{1}',
    '{1: }',
    '{[1]: 2}',
    `'open`,
    '1 2',
    '1j',
    '1e400',
    'True1',
    'é',
    '...',
    '$(x)',
  ],
  ...['{{ x }}', '['.repeat(5000)],
])('leaves the text %s', (text) => {
  expect(parsePythonValue(text)).toBe(text);
});

it('keeps the digits of an integer that no double can hold', () => {
  expect(parsePythonValue('9007199254740991')).toBe(9007199254740991);
  expect(parsePythonValue('9007199254740993')).toBe('9007199254740993');
  expect(parsePythonValue('[-12345678901234567890]')).toEqual(['-12345678901234567890']);
});
