import { describe, expect, it } from 'vitest';
import { splitPattern, splitSubscript } from '../../src/inventory/pattern-split.ts';

describe('splitPattern', () => {
  it.each([
    ['web', ['web']],
    ['web:db', ['web', 'db']],
    ['web, db ,', ['web', 'db']],
    ['web:&live:!old', ['web', '&live', '!old']],
    ['web[0:2]:db[-1]', ['web[0:2]', 'db[-1]']],
    ['web[0:2],db', ['web[0:2]', 'db']],
    ['2001:db8::1', ['2001:db8::1']],
    ['2001:db8::1,web', ['2001:db8::1', 'web']],
    // An address with a port, not two patterns.
    ['web:80', ['web:80']],
    ['~(web|db).*', ['~(web|db).*']],
    ['', []],
    [' ', []],
  ])('splits %j', (pattern, parts) => {
    expect(splitPattern(pattern)).toEqual(parts);
  });
});

describe('splitSubscript', () => {
  it.each([
    ['web', { expression: 'web' }],
    ['web[0]', { expression: 'web', subscript: { start: 0, end: 0 } }],
    ['web[-1]', { expression: 'web', subscript: { start: -1, end: -1 } }],
    ['web[0:2]', { expression: 'web', subscript: { start: 0, end: 2 } }],
    ['web[1:]', { expression: 'web', subscript: { start: 1, end: 'last' } }],
    ['web[0-2]', { expression: 'web', subscript: { start: 0, end: 2 } }],
    ['web[ab]', { expression: 'web[ab]' }],
    ['~web[0]', { expression: '~web[0]' }],
    ['[0]', { expression: '[0]' }],
  ])('splits %j', (part, split) => {
    expect(splitSubscript(part)).toEqual(split);
  });
});
