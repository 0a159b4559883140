import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leftOut, type Member } from '../../src/watch/left-out.ts';

/** `a` up, `b!40` down since 40, `c~` draining. */
const pool = (text: string): readonly Member[] =>
  text.split(' ').map((word) => {
    const [, name = '', draining, since] = /^(\w+)(~)?(?:!(\d+))?$/.exec(word) ?? [];
    return {
      name,
      isDraining: draining !== undefined,
      ...(since === undefined ? {} : { downSince: Number(since) }),
    };
  });
const names = (text: string, atLeast: number) =>
  [...leftOut(pool(text), atLeast)].map(([name, why]) => `${name} ${why}`).join(', ');

describe('left out of the rules', () => {
  test.each([
    ['a b c', 1, ''],
    ['a b!5 c', 1, 'b down'],
    ['a b!5 c~', 1, 'b down, c draining'],
    ['a!1 b!9 c!4', 1, 'a down, c down'],
    ['a!1 b!9 c!4', 2, 'a down'],
    ['a!1 b!9 c!4', 3, ''],
    ['a b!9 c!4', 2, 'c down'],
    ['a!7 b!7 c!3', 1, 'c down'],
    ['a!7 b!7 c!7', 1, ''],
    // One that drains is no stand-in, however well it is: a person wants it out.
    ['a~ b!9', 1, 'a draining'],
    ['a~!3 b', 1, 'a draining'],
  ])('of %s with at_least %i: %s', (text, atLeast, expected) => {
    expect(names(text, atLeast)).toBe(expected);
  });

  const members = fc
    .array(
      fc.record({
        isDraining: fc.boolean(),
        since: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
      }),
      {
        maxLength: 12,
      },
    )
    .map((all) =>
      all.map(
        ({ isDraining, since }, index): Member => ({
          name: `b${index}`,
          isDraining,
          ...(since === undefined ? {} : { downSince: since }),
        }),
      ),
    );

  test('never are so many that fewer than at_least stay, of those that do not drain; nor one that is up', () => {
    fc.assert(
      fc.property(members, fc.integer({ min: 1, max: 12 }), (all, atLeast) => {
        const out = leftOut(all, atLeast);
        const wanted = all.filter(({ isDraining }) => !isDraining);
        const stay = wanted.filter(({ name }) => !out.has(name));
        expect(stay.length).toBeGreaterThanOrEqual(Math.min(atLeast, wanted.length));
        for (const { name } of wanted.filter(({ downSince }) => downSince === undefined))
          expect(out.has(name)).toBe(false);
      }),
      { seed: 7 },
    );
  });

  test('are the same, in whatever order the members come', () => {
    fc.assert(
      fc.property(members, fc.integer({ min: 1, max: 5 }), (all, atLeast) => {
        const [one, other] = [all, all.toReversed()].map((some) =>
          [...leftOut(some, atLeast).keys()].toSorted(),
        );
        expect(one).toEqual(other);
      }),
      { seed: 7 },
    );
  });
});
