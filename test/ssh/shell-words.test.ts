import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quoteShellWord, splitShellWords } from '../../src/ssh/shell-words.ts';

const anyWord = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary-ascii' }),
  fc.string({
    unit: fc.constantFrom("'", '"', '\\', '$', '`', '!', '\n', ' ', '*', '~', '=', '-', '#', 'a', '€'),
  }),
);

test('a real sh reads quoted words back as they were', () => {
  const words = fc.array(
    anyWord.map((word) => word.replaceAll('\0', '')),
    { minLength: 1, maxLength: 60 },
  );
  fc.assert(
    fc.property(words, (originals) => {
      const line = `printf '%s\\0' ${originals.map(quoteShellWord).join(' ')}`;
      expect(execFileSync('sh', ['-c', line], { encoding: 'utf8' }).split('\0').slice(0, -1)).toEqual(
        originals,
      );
    }),
    { seed: 20, numRuns: 60 },
  );
});

test('quoted words split into what they were', () => {
  const words = fc.array(fc.string({ unit: fc.constantFrom("'", '"', '\\', ' ', '\t', 'a', '=') }));
  fc.assert(
    fc.property(words, (originals) => {
      expect(splitShellWords(originals.map(quoteShellWord).join(' '))).toEqual(originals);
    }),
    { seed: 20 },
  );
});

test.each([
  ['-o  A=b -i ~/k', ['-o', 'A=b', '-i', '~/k']],
  [`-o 'A b' "c \\"d\\" \\e" f\\ g`, ['-o', 'A b', 'c "d" \\e', 'f g']],
  ['', []],
  [`''`, ['']],
  [`a"b c"d`, ['ab cd']],
])('splits %s', (line, words) => {
  expect(splitShellWords(line)).toEqual(words);
});

test.each([`'a`, '"a', 'a\\', '"a\\"'])('an open quote is no line of words: %s', (line) => {
  expect(splitShellWords(line)).toBeUndefined();
});
