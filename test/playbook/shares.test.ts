import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Vars } from '../../src/inventory/model.ts';
import { interleave, sharesOf, turnsOf } from '../../src/playbook/shares.ts';
import { complaints, inputRules } from './fleet.ts';

/** What a loop over a helper's list renders to, one text an item. */
const rendered = (list: string, item: string, vars = {}) =>
  inputRules(`{{#each ${list}}}\n-A INPUT -m comment --comment ${item}\n{{/each}}`, vars).map((rule) =>
    rule.replace('-A INPUT -m comment --comment ', ''),
  );
const NTH = '{{item}}-{{#if every}}{{every}}{{else}}rest{{/if}}';
const SHARE = '{{item.name}}-{{#if probability}}{{probability}}{{else}}rest{{/if}}';
const weighing = (...weights: (number | string)[]): Vars => ({
  list: weights.map((weight, index) => ({ name: 'abcde'[index] ?? '', weight })),
});

describe('(nth list)', () => {
  test.each([
    [
      ['a', 'b', 'c'],
      ['a-3', 'b-2', 'c-rest'],
    ],
    [['a'], ['a-rest']],
    [[], []],
  ])('%j', (list, rules) => {
    expect(rendered('(nth list)', NTH, { list })).toEqual(rules);
  });

  test('gives every item the same number of connections', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), (count) => {
        const turns = turnsOf(range(count)) as readonly { readonly every: number | null }[];
        expect(walk(turns, count * 4)).toEqual(range(count).map(() => 4));
      }),
      { seed: 7 },
    );
  });
});

describe('(shares list "weight")', () => {
  test.each([
    [weighing(3, 1, 1), ['a-0.6000000000', 'b-0.5000000000', 'c-rest']],
    [weighing(1, 0, 3), ['a-0.2500000000', 'c-rest']],
    [weighing('2', 2), ['a-0.5000000000', 'b-rest']],
    [weighing(5), ['a-rest']],
  ])('%j', (vars, rules) => {
    expect(rendered('(shares list "weight")', SHARE, vars)).toEqual(rules);
  });

  test('without a weight, all are alike; of hosts it is a variable', () => {
    expect(rendered('(shares list)', SHARE, weighing(9, 1))).toEqual(['a-0.5000000000', 'b-rest']);
    expect(rendered('(shares (hosts "web") "weight")', SHARE)).toEqual([
      'web1-0.6000000000',
      'web2-0.5000000000',
      'web3-rest',
    ]);
  });

  test('the chances of a chain come to the weights', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 20 }), (weights) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        fc.pre(total > 0);
        const items = weights.map((weight, name) => ({ name, weight }));
        const shares = sharesOf(items, 'weight', 'list') as readonly {
          readonly item: { readonly weight: number };
          readonly probability: string | null;
        }[];
        let left = 1;
        for (const { item, probability } of shares) {
          const share = left * Number(probability ?? 1);
          expect(share).toBeCloseTo(item.weight / total, 6);
          left -= share;
        }
        expect(left).toBeCloseTo(0, 9);
      }),
      { seed: 7 },
    );
  });
});

describe('(interleave list "weight")', () => {
  test.each([
    [weighing(3, 1, 1), 'a b a c a'],
    [weighing(75, 25), 'a a b a'],
    [weighing(1, 0, 1), 'a c'],
    [weighing(4), 'a'],
  ])('%j', (vars, order) => {
    expect(rendered('(interleave list "weight")', '{{name}}', vars).join(' ')).toBe(order);
  });

  test('with (nth …), each gets exactly its weight', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 8 }), (weights) => {
        fc.pre(weights.some((weight) => weight > 0));
        const items = weights.map((weight, name) => ({ name, weight }));
        const list = interleave(items, 'weight', 'list') as readonly { readonly name: number }[];
        const turns = turnsOf(list) as readonly { readonly every: number | null }[];
        const counts = walk(turns, list.length * 3);
        const of = weights.map((_, name) =>
          list.reduce((sum, item, at) => sum + (item.name === name ? (counts[at] ?? 0) : 0), 0),
        );
        const rounds = (3 * list.length) / weights.reduce((sum, weight) => sum + weight, 0);
        expect(of).toEqual(weights.map((weight) => weight * rounds));
      }),
      { seed: 7 },
    );
  });
});

describe('what cannot be shared is an error', () => {
  const each = (list: string) => `{{#each ${list}}}-A INPUT\n{{/each}}`;

  test.each([
    ['(shares list "weight")', { list: [] }, 'arguments: list is empty: nobody is left to share'],
    [
      '(shares list "weight")',
      weighing(0, 0),
      'arguments: every weight of list is 0: nobody is left to share',
    ],
    ['(shares list "wieght")', weighing(1), 'undefined-variable: a has no "wieght"'],
    ['(shares list "weight")', weighing(-1), 'arguments: weight of a is -1'],
    ['(shares list "weight")', weighing(0.5), 'arguments: weight of a is 0.5'],
    ['(shares list "weight")', weighing('many'), 'arguments: weight of a is "many"'],
    ['(shares list "weight")', { list: ['x'] }, 'undefined-variable: an item of list has no "weight"'],
    [
      '(interleave list "weight")',
      weighing(997, 4),
      'arguments: the weights of list need 1001 rules to be exact',
    ],
    ['(nth list)', { list: 'abc' }, 'arguments: list is not a list but "abc"'],
  ])('%s of %j', (list, vars, complaint) => {
    expect(complaints(each(list), vars)).toEqual([complaint]);
  });
});

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Sends so many connections down a chain of `statistic nth` rules, each of which counts what reaches it; answers how many each took. */
function walk(rules: readonly { readonly every: number | null }[], connections: number): readonly number[] {
  const seen = rules.map(() => 0);
  const taken = rules.map(() => 0);
  for (let connection = 0; connection < connections; connection += 1) {
    const at = rules.findIndex(({ every }, index) => {
      seen[index] = (seen[index] ?? 0) + 1;
      return every === null || ((seen[index] ?? 0) - 1) % every === 0;
    });
    taken[at] = (taken[at] ?? 0) + 1;
  }
  return taken;
}
