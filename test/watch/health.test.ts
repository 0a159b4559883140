import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  afterLook,
  type Health,
  type Look,
  MEMORY_MS,
  passesToRise,
  unseen,
} from '../../src/watch/health.ts';

const patience = { fall: 3, rise: 2 };
const EVERY = 5_000;

/** `x` fails, `.` passes, `?` could not be made; one look every five seconds. */
function watched(looks: string, from: Health = unseen(0), startsAt = 0): readonly Health[] {
  let health = from;
  return [...looks].map((look, index) => {
    const verdict: Look['verdict'] = look === 'x' ? 'fail' : look === '.' ? 'pass' : 'unknown';
    health = afterLook(health, { verdict, seen: look, at: startsAt + index * EVERY }, patience);
    return health;
  });
}
const statuses = (looks: string) =>
  watched(looks)
    .map(({ status }) => (status === 'up' ? '.' : 'x'))
    .join('');

describe('a backend', () => {
  test.each([
    ['falls at the third failure in a row', 'xxx', '..x'],
    ['does not fall by failures with a pass between', 'xx.xx.xx', '........'],
    ['comes back at the second pass in a row', 'xxx..', '..xx.'],
    ['does not come back by passes with a failure between', 'xxx.x.x.x', '..xxxxxxx'],
    ['stays as it is while nobody can look', 'xxx????..', '..xxxxxx.'],
    ['falls by failures in a row, whatever could not be looked at between', 'x?x?x', '....x'],
    ['that fell twice within ten minutes needs four passes', 'xxx..xxx....', '..xx...xxxx.'],
    ['that fell three times needs eight', 'xxx..xxx....xxx........', '..xx...xxxx...xxxxxxxx.'],
  ])('%s', (_, looks, expected) => {
    expect(statuses(looks)).toBe(expected);
  });

  test('says what was seen, and since when it is so', () => {
    expect(watched('.xxx').at(-1)).toEqual({
      status: 'down',
      since: 15_000,
      against: 0,
      falls: [15_000],
      seen: 'x',
    });
  });

  test('is forgiven its falls after ten minutes', () => {
    const fallen = watched('xxx..').at(-1) ?? unseen(0);
    const later = watched('xxx..', fallen, MEMORY_MS + 60_000);
    expect(later.map(({ status }) => status)).toEqual(['up', 'up', 'down', 'down', 'up']);
  });

  test('is never asked for more than 64 passes, unless rise is larger', () => {
    expect([1, 2, 3, 6, 7, 50].map((falls) => passesToRise(falls, patience))).toEqual([2, 4, 8, 64, 64, 64]);
    expect(passesToRise(9, { fall: 1, rise: 100 })).toBe(100);
  });
});

describe('whatever is seen', () => {
  const looks = fc.array(fc.constantFrom('x', '.', '?'), { maxLength: 400 }).map((all) => all.join(''));
  const changesIn = (text: string) =>
    watched(text).filter(({ status }, index, all) => index > 0 && status !== all[index - 1]?.status).length;

  test('a backend that flaps changes at most twelve times in ten minutes', () => {
    const tenMinutes = fc
      .array(fc.constantFrom('x', '.'), { minLength: 120, maxLength: 120 })
      .map((all) => all.join(''));
    fc.assert(
      fc.property(tenMinutes, (text) => changesIn(text) <= 12),
      { seed: 7, numRuns: 300 },
    );
    // The worst there is: it falls as fast as it can, and comes back as fast as it may.
    let [text, health, fails] = ['', unseen(0), true];
    for (let at = 0; at < 120; at += 1) {
      text += fails ? 'x' : '.';
      health = watched(text).at(-1) ?? health;
      fails = health.status === 'up';
    }
    expect(changesIn(text)).toBeLessThanOrEqual(12);
  });

  test('one that always answers never changes, nor one that never does once it is down', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (count) => {
        expect(changesIn('.'.repeat(count))).toBe(0);
        expect(changesIn('x'.repeat(count))).toBe(count >= 3 ? 1 : 0);
      }),
      { seed: 7, numRuns: 30 },
    );
  });

  test('looks that could not be made are as if they had not been', () => {
    fc.assert(
      fc.property(looks, (text) => {
        const last = (some: string) => watched(some).at(-1)?.status ?? 'up';
        // Only the times differ, and no fall is as old as ten minutes here.
        const short = text.slice(0, 100);
        expect(last(short.replaceAll('?', ''))).toBe(last(short));
      }),
      { seed: 7, numRuns: 200 },
    );
  });
});
