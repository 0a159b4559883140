import { describe, expect, it } from 'vitest';
import { diffSets, diffSysctls } from '../../src/ruleset/diff-sets.ts';

const header = 'create blocked hash:net family inet maxelem 65536';
const set = (...members: string[]) => [header, ...members.map((one) => `add blocked ${one}`), ''].join('\n');

describe('diffSets', () => {
  it.each([
    ['finds nothing where both are equal', set('10.0.0.0/8'), set('10.0.0.0/8'), 0, 0, ''],
    ['shows a new set whole', '', set('10.0.0.0/8'), 2, 0, `+${header}\n+add blocked 10.0.0.0/8\n`],
    ['shows a set that goes', set(), '', 0, 1, `-${header}\n`],
    [
      'shows the members that go, then those that come',
      set('10.0.0.0/8', '192.0.2.0/24'),
      set('192.0.2.0/24', '198.51.100.0/24'),
      1,
      1,
      '-add blocked 10.0.0.0/8\n+add blocked 198.51.100.0/24\n',
    ],
  ])('%s', (_, before, after, added, removed, lines) => {
    const title = lines === '' ? '' : '--- before: ipset blocked\n+++ after: ipset blocked\n';
    expect(diffSets(before, after)).toEqual({ added, removed, unified: title + lines });
  });

  it('counts every member, and shows twenty', () => {
    const many = set(
      ...Array.from({ length: 50_000 }, (_, n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`),
    );
    const { added, unified } = diffSets(set(), many);
    expect(added).toBe(50_000);
    expect(unified.split('\n')).toHaveLength(2 + 20 + 1 + 1);
    expect(unified).toContain('+… and 49980 more\n');
  });

  it('sees a member of a list that moves', () => {
    const list = (...members: string[]) =>
      ['create all list:set size 8', ...members.map((one) => `add all ${one}`), ''].join('\n');
    expect(diffSets(list('a', 'b'), list('a', 'b')).unified).toBe('');
    expect(diffSets(list('a', 'b'), list('b', 'a'))).toMatchObject({ added: 2, removed: 2 });
  });
});

it('diffSysctls shows the values before and after', () => {
  expect(diffSysctls('a = 0\nb = 1\n', 'a = 1\nb = 1\n')).toEqual({
    added: 1,
    removed: 1,
    unified: '--- before: sysctls\n+++ after: sysctls\n-a = 0\n+a = 1\n',
  });
  expect(diffSysctls('a = 0\n', 'a = 0\n').unified).toBe('');
});
