import { expect, it } from 'vitest';
import { resolvePlainScalar } from '../../src/inventory/yaml-scalar.ts';

it.each([
  ['', null],
  ['~', null],
  ['null', null],
  ['yes', true],
  ['On', true],
  ['TRUE', true],
  ['off', false],
  ['No', false],
  ['0', 0],
  ['-17', -17],
  ['1_000', 1000],
  ['0644', 420],
  ['0x1F', 31],
  ['0b11', 3],
  ['1:30', 90],
  ['22:22', 1342],
  // A trap of YAML 1.1 that Ansible has too: an unquoted hardware address of digits alone.
  ['52:54:00:12:34:56', 41135085296],
  ['1.5', 1.5],
  ['.5', 0.5],
  ['1.0e+3', 1000],
  ['1:30.5', 90.5],
])('resolves %s', (text, value) => {
  expect(resolvePlainScalar(text)).toBe(value);
});

it.each([
  ...[
    'y',
    'n',
    'tRUE',
    'nULL',
    '1e3',
    '1.0e3',
    '0o17',
    '08',
    '1:99',
    '10.0.0.1',
    '52:54:00:12:34:5f',
    '2020-01-01',
    '-',
    '.',
    '-.5',
    '0x',
    '.inf',
  ],
  '12345678901234567890',
])('leaves %s text', (text) => {
  expect(resolvePlainScalar(text)).toBe(text);
});
