import { expect, it } from 'vitest';
import { nameTest } from '../../src/inventory/name-match.ts';

it.each([
  ['web', 'web', true],
  ['web', 'web1', false],
  ['web*', 'web1', true],
  ['*.example.com', 'a.example.com', true],
  ['*.example.com', 'aXexample.com', false],
  ['web?', 'web1', true],
  ['web?', 'web', false],
  ['web[ab]', 'weba', true],
  ['web[!ab]', 'weba', false],
  ['web[a-c]x', 'webbx', true],
  ['web[]]', 'web]', true],
  ['web[^a]', 'web^', true],
  ['web[', 'web[', true],
  ['a+b', 'aab', false],
  ['*+b', 'a+b', true],
  ['~we', 'web1', true],
  ['~eb', 'web1', false],
  ['~web$', 'web1', false],
  ['~(?i)WEB', 'web1', true],
  ['~(?P<n>w)eb', 'web', true],
  ['~web|db', 'db1', true],
])('%s and %s: %s', (expression, name, matches) => {
  expect(nameTest(expression)?.(name)).toBe(matches);
});

it.each(['~(', '~*', 'web[z-a]'])('can not read %s', (expression) => {
  expect(nameTest(expression)).toBeUndefined();
});
