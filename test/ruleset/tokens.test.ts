import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { splitTokens } from '../../src/ruleset/tokens.ts';

describe('a line is split as iptables-restore splits it', () => {
  test.each([
    ['-A  INPUT\t-j DROP  ', ['-A', 'INPUT', '-j', 'DROP']],
    ['--comment "a b" -j X', ['--comment', 'a b', '-j', 'X']],
    ["--comment 'a b'", ['--comment', "'a", "b'"]],
    ['"a"b', ['a', 'b']],
    ['a"b c"d', ['ab c', 'd']],
    ['"a\\"b" c', ['a"b', 'c']],
    ['"a\\nb"', ['anb']],
    ['a\\nb', ['a\\nb']],
    ['-i "" -j X', ['-i', '', '-j', 'X']],
    ['', []],
  ])('%j', (line, texts) => {
    const { tokens, isOpen } = splitTokens(line);
    expect(tokens.map(({ text }) => text)).toEqual(texts);
    expect(isOpen).toBe(false);
  });

  test('a quote that is never closed is told', () => {
    expect(splitTokens('--comment "a b')).toEqual({
      tokens: [
        { text: '--comment', isQuoted: false, start: 0, end: 9 },
        { text: 'a b', isQuoted: true, start: 10, end: 14 },
      ],
      isOpen: true,
    });
  });
});

const probes = join(process.env.SLUICE_CORPUS ?? '/nonexistent', 'oracle/lex-probes.jsonl');
const title = existsSync(probes) ? 'the probes' : 'the probes (SKIPPED: SLUICE_CORPUS names no corpus)';

test.skipIf(!existsSync(probes))(`${title}: a comment holds what iptables took for it`, () => {
  let count = 0;
  for (const line of readFileSync(probes, 'utf8').trim().split('\n')) {
    const { name, text, rc_legacy, save_legacy } = JSON.parse(line);
    const saved = save_legacy?.find((one: string) => one.includes('--comment'));
    const written = text.split('\n').find((one: string) => one.includes('--comment'));
    if (!name.startsWith('comment:') || rc_legacy !== 0 || saved === undefined) continue;
    const commentIn = (rule: string) => {
      const texts = splitTokens(rule).tokens.map((token) => token.text);
      return texts[texts.indexOf('--comment') + 1];
    };
    // A comment of 256 characters is cut by the match, not by the lexer.
    if (splitTokens(written).isOpen || name === 'comment:max256') continue;
    count += 1;
    expect({ name, comment: commentIn(written) }).toEqual({ name, comment: commentIn(saved) });
  }
  expect(count).toBeGreaterThan(5);
});
