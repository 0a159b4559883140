import { describe, expect, test } from 'vitest';
import { changedParts, ownedParts } from '../../src/plan/owned.ts';

const none = { live: '', canonical: '' };
const table = (...lines: string[]) => ['*filter', ...lines, 'COMMIT', ''].join('\n');
const own = table(':INPUT DROP', ':WEB -', '-A INPUT -j WEB', '-A WEB -j DROP');
const set = (name: string, keepsMembers: boolean) => ({
  name,
  create: '',
  members: [],
  keepsMembers,
  source: undefined,
});

function parts(live: string, takeOver = false, confirmed = '') {
  const families = [{ family: 'ipv4' as const, live, canonical: own, confirmed }];
  return Object.fromEntries(
    ownedParts({ standing: { families, sets: none, sysctls: none }, sets: [], takeOver }),
  );
}

function setParts(live: string, canonical: string, keepsMembers: boolean) {
  const standing = { families: [], sets: { live, canonical }, sysctls: none };
  return Object.fromEntries(ownedParts({ standing, sets: [set('s', keepsMembers)], takeOver: false }));
}

describe('what a play owns', () => {
  test('is each of its chains, built-in ones too, with policy and rules', () => {
    expect(parts(own)).toEqual({
      'ipv4 filter chain INPUT': 'DROP\n-A INPUT -j WEB',
      'ipv4 filter chain WEB': '-\n-A WEB -j DROP',
    });
  });

  test('is no chain of others, unless that is to be taken over', () => {
    const banned = own.replace('-A INPUT', ':f2b -\n-A f2b -s 203.0.113.9/32 -j DROP\n-A INPUT');
    expect(parts(banned)).toEqual(parts(own));
    expect(parts(banned, true)).toHaveProperty('ipv4 filter chain f2b');
    expect(parts(banned, false, banned)).toHaveProperty('ipv4 filter chain f2b');
  });

  test('is no member that others add to a set that keeps its members, and none of a set with a timeout', () => {
    const header = 'create s hash:ip family inet';
    const banned = `${header}\nadd s 203.0.113.9\n`;
    expect(setParts(banned, banned, true)).toEqual(setParts(header, header, true));
    expect(setParts(header, banned, true)).not.toEqual(setParts(header, header, true));
    expect(setParts(banned, header, false)).not.toEqual(setParts(header, header, false));
    const timed = `${header} timeout 60`;
    expect(setParts(`${timed}\nadd s 203.0.113.9\n`, timed, false)).toEqual(setParts(timed, timed, false));
  });
});

test('parts that came, changed and went are named', () => {
  expect(changedParts({ a: '1', b: '1', c: '1' }, { a: '1', b: '2', d: '1' })).toEqual([
    'b',
    'c (it is gone)',
    'd (it was as the kernel makes it)',
  ]);
});
