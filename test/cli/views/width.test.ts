import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cut, widthOf } from '../../../src/cli/views/width.ts';

test.each([
  ['gateway', 10, 'gateway'],
  ['gateway', 7, 'gateway'],
  ['gateway', 6, 'gatew…'],
  ['gateway', 1, '…'],
  ['gateway', 0, ''],
  ['東京大阪', 5, '東京…'],
  ['東京大阪', 4, '東…'],
  ['e\u0301tat', 4, 'e\u0301tat'],
  ['\x1b[32mgateway\x1b[39m', 4, '\x1b[32mgat…\x1b[39m'],
])('%j at %i columns', (line, columns, expected) => {
  expect(cut(line, columns)).toBe(expected);
});

test('a cut line never is wider than asked for, and keeps all its colours', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('\x1b[31m', '\x1b[39m', '東', '🔥'),
  );
  fc.assert(
    fc.property(fc.array(piece), fc.integer({ min: 0, max: 40 }), (pieces, columns) => {
      const line = pieces.join('');
      const kept = cut(line, columns);
      expect(widthOf(kept)).toBeLessThanOrEqual(columns);
      if (columns > 0) expect(kept.match(COLOUR)).toEqual(line.match(COLOUR));
    }),
    { seed: 4 },
  );
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: what colours start with.
const COLOUR = /\x1b\[3\dm/g;
