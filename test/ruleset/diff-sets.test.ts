import { describe, expect, it } from 'vitest';
import { diffSets, diffSysctls } from '../../src/ruleset/diff-sets.ts';

const header = 'create blocked hash:net family inet maxelem 65536';
const set = (...members: string[]) => [header, ...members.map((one) => `add blocked ${one}`), ''].join('\n');
const none = { count: 0, shown: [] };
const one = (member: string) => ({ count: 1, shown: [`add blocked ${member}`] });

describe('diffSets', () => {
  it('finds nothing where both are equal', () => {
    expect(diffSets(set('10.0.0.0/8'), set('10.0.0.0/8'))).toEqual([]);
  });

  it.each([
    [
      'has a new set whole',
      '',
      set('10.0.0.0/8'),
      { kind: 'new', header: { after: header }, added: one('10.0.0.0/8'), removed: none },
    ],
    [
      'has a set that goes',
      set(),
      '',
      { kind: 'gone', header: { before: header }, added: none, removed: none },
    ],
    [
      'has the members that come and those that go',
      set('10.0.0.0/8', '192.0.2.0/24'),
      set('192.0.2.0/24', '198.51.100.0/24'),
      { kind: 'changed', added: one('198.51.100.0/24'), removed: one('10.0.0.0/8') },
    ],
  ])('%s', (_, before, after, expected) => {
    expect(diffSets(before, after)).toEqual([{ set: 'blocked', ...expected }]);
  });

  it('counts every member, and names twenty', () => {
    const many = set(
      ...Array.from({ length: 50_000 }, (_, n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`),
    );
    const [diff] = diffSets(set(), many);
    expect(diff?.added.count).toBe(50_000);
    expect(diff?.added.shown).toHaveLength(20);
  });

  it('sees a member of a list that moves', () => {
    const list = (...members: string[]) =>
      ['create all list:set size 8', ...members.map((one) => `add all ${one}`), ''].join('\n');
    expect(diffSets(list('a', 'b'), list('a', 'b'))).toEqual([]);
    expect(diffSets(list('a', 'b'), list('b', 'a'))).toMatchObject([
      { added: { count: 2 }, removed: { count: 2 } },
    ]);
  });
});

it('diffSysctls has the values before and after', () => {
  expect(diffSysctls('a = 0\nb = 1 2\n', 'a = 1\nb = 1 2\nc = 3\n')).toEqual([
    { key: 'a', before: '0', after: '1' },
    { key: 'c', after: '3' },
  ]);
});
