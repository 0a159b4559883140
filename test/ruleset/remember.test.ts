import { expect, it } from 'vitest';
import { rememberTexts } from '../../src/ruleset/remember.ts';

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
