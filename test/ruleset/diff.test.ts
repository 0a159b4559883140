import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ChainDiff, diffRulesets } from '../../src/ruleset/diff.ts';
import type { RuleChange } from '../../src/ruleset/hunks.ts';

const filter = (...lines: string[]) => ['*filter', ...lines, 'COMMIT', ''].join('\n');
const rules = (count: number, rule: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => rule(index));
const numbered = (index: number) => `-A INPUT -s 10.0.${index >> 8}.${index & 255}/32 -j ACCEPT`;
const diff = (before: string, after: string) => diffRulesets({ family: 'ipv4', before, after });
const chains = (before: string, after: string): readonly ChainDiff[] =>
  diff(before, after).flatMap((table) => table.chains);
const changes = (before: readonly string[], after: readonly string[]): readonly RuleChange[] =>
  chains(filter(...before), filter(...after))
    .flatMap(({ hunks }) => hunks.flatMap((hunk) => hunk.rules))
    .filter(({ kind }) => kind !== 'same');

describe('a diff', () => {
  test('has the changed chains of each table, with three rules of context', () => {
    const before = `# v\n${filter(':INPUT ACCEPT [5:600]', ':OLD - [0:0]', ...rules(12, numbered))}`;
    const after = filter(':INPUT DROP [0:0]', ...rules(12, numbered).toSpliced(8, 1, '-A INPUT -j LOG'));
    const same = (index: number) => ({ kind: 'same', rule: numbered(index) });
    expect(diff(before, after)).toEqual([
      {
        family: 'ipv4',
        table: 'filter',
        chains: [
          {
            chain: 'INPUT',
            kind: 'changed',
            policy: { before: 'ACCEPT', after: 'DROP' },
            hunks: [
              {
                before: { start: 6, count: 7 },
                after: { start: 6, count: 7 },
                rules: [
                  ...[5, 6, 7].map(same),
                  { kind: 'removed', rule: numbered(8), from: 9 },
                  { kind: 'added', rule: '-A INPUT -j LOG', to: 9 },
                  ...[9, 10, 11].map(same),
                ],
              },
            ],
          },
          { chain: 'OLD', kind: 'gone', hunks: [] },
        ],
      },
    ]);
  });

  test('is empty when only counters, comments or the order of the chains differ', () => {
    const counted = filter(':INPUT ACCEPT [5:600]', ':A - [0:0]', ':B - [0:0]', '[1:1] -A INPUT -j DROP');
    const plain = `# x\n${filter(':INPUT ACCEPT [0:0]', ':B - [0:0]', ':A - [0:0]', '-A INPUT -j DROP')}`;
    expect(diff(counted, plain)).toEqual([]);
  });

  test('takes an absent table for an empty one, in both directions', () => {
    const empty = filter(':INPUT ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]');
    const dropping = filter(':INPUT DROP [0:0]', ':OUTPUT ACCEPT [0:0]', ':MINE - [0:0]', '-A MINE -j DROP');
    expect(diff('', empty)).toEqual([]);
    expect(diff(empty, '')).toEqual([]);
    expect(chains('', dropping)).toMatchObject([
      { chain: 'INPUT', policy: { before: 'ACCEPT', after: 'DROP' } },
      { chain: 'MINE', kind: 'new', hunks: [{ rules: [{ kind: 'added', rule: '-A MINE -j DROP', to: 1 }] }] },
    ]);
    expect(chains(dropping, '')).toMatchObject([{ chain: 'INPUT' }, { chain: 'MINE', kind: 'gone' }]);
  });
});

describe('a rule at another place', () => {
  const [a, b, c, d] = rules(4, numbered) as [string, string, string, string];

  test('is moved, with both its places, and the rules that it passes stay', () => {
    expect(changes([a, b, c, d], [d, a, b, c])).toEqual([
      { kind: 'moved_here', rule: d, from: 4, to: 1 },
      { kind: 'moved_away', rule: d, from: 4, to: 1 },
    ]);
  });

  test('that stands twice is moved once when one of the two stays', () => {
    expect(changes([a, a, b], [a, b, a])).toEqual([
      { kind: 'moved_away', rule: a, from: expect.any(Number), to: 3 },
      { kind: 'moved_here', rule: a, from: expect.any(Number), to: 3 },
    ]);
    expect(changes([a, b], [b, a, a]).map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['added', 'moved_away', 'moved_here']),
    );
  });

  test('of another chain is another rule', () => {
    expect(changes(['-A A -j DROP'], ['-A B -j DROP']).map(({ kind }) => kind)).toEqual(['added', 'removed']);
  });
});

test('applying a diff to before gives after, and what is moved is neither added nor removed', () => {
  const line = fc.constantFrom(...['X', 'Y', 'Z', 'W', 'V', 'U'].map((target) => `-A A -j ${target}`));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), fc.array(line, { maxLength: 30 }), (before, after) => {
      const found = changes(before, after);
      expect(applied(before, found)).toEqual(after);
      const texts = (kind: RuleChange['kind']) =>
        new Set(found.filter((change) => change.kind === kind).map(({ rule }) => rule));
      for (const rule of texts('added')) expect(texts('removed')).not.toContain(rule);
    }),
    { seed: 17, numRuns: 1000 },
  );
});

/** Takes away what goes, by its place, then puts in what comes, by its place. */
function applied(before: readonly string[], found: readonly RuleChange[]): readonly string[] {
  const gone = new Set(
    found.flatMap((change) => ('from' in change && change.kind !== 'moved_here' ? [change.from] : [])),
  );
  const result = before.filter((_, index) => !gone.has(index + 1));
  for (const change of found)
    if (change.kind === 'added' || change.kind === 'moved_here') result.splice(change.to - 1, 0, change.rule);
  return result;
}

describe('large chains', () => {
  const before = rules(20_000, numbered);
  const kinds = (after: readonly string[]) => {
    const counts = { added: 0, removed: 0, moved_away: 0, moved_here: 0, same: 0 };
    for (const { kind } of changes(before, after)) counts[kind] += 1;
    return counts;
  };

  test('with many scattered changes still show only these', () => {
    const other = (index: number) => `-A INPUT -s 172.16.${index >> 8}.${index & 255}/32 -j DROP`;
    const after = before.map((rule, index) => (index % 10 === 0 ? other(index) : rule));
    expect(kinds(after)).toMatchObject({ added: 2000, removed: 2000, moved_here: 0 });
  });

  test('with nothing in common count as replaced, and are not compared line by line', () => {
    const after = rules(20_000, (index) => `-A INPUT -d 10.1.${index >> 8}.${index & 255}/32 -j DROP`);
    expect(kinds(after)).toMatchObject({ added: 20_000, removed: 20_000 });
  });

  test('in reverse are moves', () => {
    expect(kinds(before.toReversed())).toMatchObject({ added: 0, removed: 0, moved_here: 19_999 });
  });
});
