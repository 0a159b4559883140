import { expect, test } from 'vitest';
import { findRun, isMatch, isPlace } from '../../src/journal/find-run.ts';

const [A, B, C] = ['20261121T010000Z-aa11', '20261121T020000Z-bb22', '20261122T010000Z-aa33'];
const found = (id: string) => ({ kind: 'found', id });

test.each([
  [B, found(B)],
  ['latest', found(C)],
  ['@0', found(C)],
  ['@2', found(A)],
  ['@3', { kind: 'unknown' }],
  ['20261122', found(C)],
  ['bb', found(B)],
  ['20261121', { kind: 'ambiguous', ids: [A, B] }],
  ['aa', { kind: 'ambiguous', ids: [A, C] }],
  ['', { kind: 'unknown' }],
  ['../runs', { kind: 'unknown' }],
])('"%s" among three runs', (word, expected) => {
  expect(findRun(word, [A, B, C])).toEqual(expected);
});

test.each([
  ['1', true],
  ['20', true],
  ['2026', false],
  ['1a', false],
  ['', false],
])('is "%s" a place among the runs?', (word, expected) => expect(isPlace(word)).toBe(expected));

test.each([
  ['gw1', 'gw1', true],
  ['gw1', 'gw10', false],
  ['gw*', 'gw10', true],
  ['g.1', 'gw1', false],
])('%s and %s', (pattern, name, expected) => expect(isMatch(pattern, name)).toBe(expected));
