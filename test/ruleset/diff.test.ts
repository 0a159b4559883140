import { applyPatch, parsePatch } from 'diff';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffRulesets } from '../../src/ruleset/diff.ts';

const filter = (...lines: string[]) => ['*filter', ...lines, 'COMMIT', ''].join('\n');
const rules = (count: number, rule: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => rule(index));
const numbered = (index: number) => `-A INPUT -s 10.0.${index >> 8}.${index & 255}/32 -j ACCEPT`;

describe('a diff', () => {
  test('is a unified diff of each table, with three lines of context', () => {
    const before = `# v\n${filter(':INPUT ACCEPT [5:600]', ':OLD - [0:0]', ...rules(12, numbered))}`;
    const after = filter(':INPUT DROP [0:0]', ...rules(12, numbered).toSpliced(8, 1, '-A INPUT -j LOG'));
    expect(diffRulesets(before, after, ['filter'])).toEqual({
      added: 2,
      removed: 3,
      unified: [
        '--- before: filter',
        '+++ after: filter',
        '@@ -1,5 +1,4 @@',
        '-:INPUT ACCEPT [0:0]',
        '-:OLD - [0:0]',
        '+:INPUT DROP [0:0]',
        ' -A INPUT -s 10.0.0.0/32 -j ACCEPT',
        ' -A INPUT -s 10.0.0.1/32 -j ACCEPT',
        ' -A INPUT -s 10.0.0.2/32 -j ACCEPT',
        '@@ -8,7 +7,7 @@',
        ' -A INPUT -s 10.0.0.5/32 -j ACCEPT',
        ' -A INPUT -s 10.0.0.6/32 -j ACCEPT',
        ' -A INPUT -s 10.0.0.7/32 -j ACCEPT',
        '--A INPUT -s 10.0.0.8/32 -j ACCEPT',
        '+-A INPUT -j LOG',
        ' -A INPUT -s 10.0.0.9/32 -j ACCEPT',
        ' -A INPUT -s 10.0.0.10/32 -j ACCEPT',
        ' -A INPUT -s 10.0.0.11/32 -j ACCEPT',
        '',
      ].join('\n'),
    });
  });

  test('is empty when only counters and comments differ, and names the family when told', () => {
    expect(
      diffRulesets(
        filter(':INPUT ACCEPT [5:600]', '[1:1] -A INPUT -j DROP'),
        `# x\n${filter(':INPUT ACCEPT [0:0]', '-A INPUT -j DROP')}`,
        ['filter'],
      ),
    ).toEqual({ added: 0, removed: 0, unified: '' });
    expect(diffRulesets(filter(), filter('-A INPUT -j DROP'), ['filter'], 'ipv6').unified).toMatch(
      /^--- before: ipv6 filter\n\+\+\+ after: ipv6 filter\n/,
    );
  });

  test('takes an absent table for an empty one, in both directions', () => {
    const empty = filter(':INPUT ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]');
    const dropping = filter(':INPUT DROP [0:0]', ':OUTPUT ACCEPT [0:0]', ':MINE - [0:0]', '-A MINE -j DROP');
    expect(diffRulesets('', empty, ['filter']).unified).toBe('');
    expect(diffRulesets(empty, '', ['filter']).unified).toBe('');
    expect(diffRulesets('', dropping, ['filter'])).toMatchObject({ added: 3, removed: 1 });
    expect(diffRulesets(dropping, '', ['filter'])).toMatchObject({ added: 1, removed: 3 });
  });

  test('looks only at the tables asked for', () => {
    expect(diffRulesets(filter('-A INPUT -j DROP'), '', ['nat']).unified).toBe('');
  });
});

test('applying a diff to before gives after', () => {
  const line = fc.constantFrom(
    '-A A -j X',
    '-A A -j Y',
    '-A B',
    '-A C',
    ':INPUT DROP [0:0]',
    ':U - [0:0]',
    '-A D -m comment --comment "x"',
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), fc.array(line, { maxLength: 30 }), (before, after) => {
      const { unified, added, removed } = diffRulesets(filter(...before), filter(...after), ['filter']);
      expect(after.length - before.length).toBe(added - removed);
      if (unified === '') {
        expect(before).toEqual(after);
        return;
      }
      const [patch] = parsePatch(unified);
      if (patch === undefined) throw new Error('no patch');
      expect(applyPatch(before.map((one) => `${one}\n`).join(''), patch)).toBe(
        after.map((one) => `${one}\n`).join(''),
      );
    }),
    { seed: 17, numRuns: 1000 },
  );
});

describe('large tables', () => {
  test('with many scattered changes still show only these', () => {
    const before = rules(20_000, numbered);
    const after = before.map((rule, index) =>
      index % 10 === 0 ? `-A INPUT -s 172.16.${index >> 8}.${index & 255}/32 -j DROP` : rule,
    );
    expect(diffRulesets(filter(...before), filter(...after), ['filter'])).toMatchObject({
      added: 2000,
      removed: 2000,
    });
  });

  test('with nothing in common count as replaced, and are not compared line by line', () => {
    const other = rules(20_000, (index) => `-A OUTPUT -d 10.1.${index >> 8}.${index & 255}/32 -j DROP`);
    expect(diffRulesets(filter(...rules(20_000, numbered)), filter(...other), ['filter'])).toMatchObject({
      added: 20_000,
      removed: 20_000,
    });
  });
});
