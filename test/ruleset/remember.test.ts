import { expect, it } from 'vitest';
import { rememberLike, rememberTexts } from '../../src/ruleset/remember.ts';

it('makes something of a text once, and again where that failed', () => {
  const made: string[] = [];
  const read = rememberTexts((text) => {
    made.push(text);
    if (made.length === 1) throw new Error('not yet');
    return { text };
  });
  expect(() => read('a')).toThrow('not yet');
  expect(read('a')).toBe(read('a'));
  expect(made).toEqual(['a', 'a']);
});

it('forgets what it has not been asked for in two large rule sets', () => {
  let made = 0;
  const read = rememberTexts((text) => {
    made += 1;
    return { text };
  });
  const [asked, forgotten] = [read('asked'), read('forgotten')];
  for (let at = 0; at < 25_000; at += 1) {
    read(`${at}`);
    if (at % 1_000 === 0) expect(read('asked')).toBe(asked);
  }
  expect(made).toBe(25_002);
  expect(read('forgotten')).not.toBe(forgotten);
});

it('answers a question that was asked lately as it was answered then', () => {
  let asked = 0;
  const answer = rememberLike(
    (one: readonly number[], other: readonly number[]) => one.join() === other.join(),
    (numbers) => {
      asked += 1;
      return { sum: numbers.reduce((sum, number) => sum + number, 0) };
    },
  );
  const first = answer([1, 2]);
  for (let other = 0; other < 20; other += 1) {
    expect(answer([other])).toEqual({ sum: other });
    expect(answer([1, 2])).toBe(first);
  }
  expect(asked).toBe(21);
  expect(answer([0])).toEqual({ sum: 0 });
  expect(asked).toBe(22);
});
