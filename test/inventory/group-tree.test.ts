import { expect, it } from 'vitest';
import { depths, descendants } from '../../src/inventory/group-tree.ts';

const tree = (edges: Readonly<Record<string, readonly string[]>>) =>
  new Map(Object.entries(edges).map(([name, children]) => [name, { children }]));

it('lists a group and all below it, level by level', () => {
  const groups = tree({ all: ['a', 'b'], a: ['c'], b: ['d', 'c'], c: ['e'], d: [], e: [] });
  expect(descendants(groups, 'all')).toEqual(['all', 'a', 'b', 'c', 'd', 'e']);
  expect(descendants(groups, 'b')).toEqual(['b', 'd', 'c', 'e']);
});

it('measures depth along the longest path', () => {
  const groups = tree({ all: ['short', 'p'], p: ['q'], q: ['short'], short: [] });
  expect(Object.fromEntries(depths(groups))).toEqual({ all: 0, p: 1, q: 2, short: 3 });
});
