import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isRunId, newRunId, pathPart } from '../../src/journal/names.ts';

it.each([
  ['gw-fra-1.example.net', 'gw-fra-1.example.net'],
  ['2001:db8::1', '2001%3Adb8%3A%3A1'],
  ['inventories/../hosts.yml', 'inventories%2F..%2Fhosts.yml'],
  ['gw%2F1', 'gw%252F1'],
  ['Zürich', 'Z%C3%BCrich'],
  ['.', '%2E'],
  ['..', '%2E%2E'],
  ['...', '...'],
])('%s becomes %s', (name, part) => {
  expect(pathPart(name)).toBe(part);
});

/** Names that are alike in the ways that make encodings collide. */
const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('%', '2', 'E', 'e', '.', '/', '~', '\ud800', '\udfff', 'ü', '\0') }),
  fc.string({ unit: fc.constantFrom('a', '/'), minLength: 60, maxLength: 300 }),
);

it('makes one safe part of any name', () => {
  fc.assert(
    fc.property(nasty, (name) => {
      const part = pathPart(name);
      expect(part).toMatch(/^[A-Za-z0-9._%~-]{1,200}$/);
      expect(['.', '..']).not.toContain(part);
    }),
    { seed: 7, numRuns: 2_000 },
  );
});

it('never gives two names one part', () => {
  const parts = new Map<string, string>();
  fc.assert(
    fc.property(nasty, (name) => {
      const part = pathPart(name);
      expect(parts.get(part) ?? name).toBe(name);
      parts.set(part, name);
    }),
    { seed: 7, numRuns: 5_000 },
  );
  const long = 'x'.repeat(300);
  const close = ['', '\ud800', '\ud801', '\ufffd', long, `${long}x`, `${long.slice(1)}y`, pathPart(long)];
  expect(new Set(close.map(pathPart)).size).toBe(close.length);
});

it('can be read back where it has no digest', () => {
  fc.assert(
    fc.property(nasty, (name) => {
      const part = pathPart(name);
      fc.pre(!part.includes('~'));
      expect(decodeURIComponent(part)).toBe(name);
    }),
    { seed: 7, numRuns: 2_000 },
  );
});

it('names a run by its time', () => {
  const id = newRunId(new Date('2026-11-21T02:45:00.123Z'), () => 'k3f9');
  expect(id).toBe('20261121T024500Z-07bk3f9');
  expect(isRunId(id)).toBe(true);
  expect(isRunId('20261121T024500Z-../../etc')).toBe(false);
});

it('of two runs in one second, the later one sorts behind, whatever chance gives', () => {
  const at = (ms: number, random: string) =>
    newRunId(new Date(Date.UTC(2026, 10, 21, 2, 45, 0, ms)), () => random);
  const ids = [at(0, 'ff'), at(9, 'ee'), at(10, 'dd'), at(255, 'cc'), at(256, 'bb'), at(999, 'aa')];
  expect(ids.toSorted()).toEqual(ids);
});
