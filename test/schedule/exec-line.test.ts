import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatExecLine, parseExecLine } from '../../src/schedule/exec-line.ts';
import { testWithSystemd, verifyUnits } from './systemd.ts';

const SEED = 20_261_125;
const hostile = fc.constantFrom(
  '%',
  '$',
  '"',
  "'",
  '\\',
  ';',
  '\n',
  '\t',
  ' ',
  '{',
  '}',
  '#',
  '%h',
  '$HOME',
  '$',
  '{x}',
  '\\x41',
  'é',
  '\u0085',
  '😀',
  '\x7f',
  '\x1b',
);
const word = fc
  .array(fc.oneof(hostile, fc.string({ unit: 'binary-ascii', maxLength: 3 })), { maxLength: 8 })
  .map((parts) => parts.join('').replaceAll('\0', ''));
const words = fc.array(word, { maxLength: 6 });

describe('ExecStart=', () => {
  test.each([
    [['/usr/bin/node', 'plain', 'a=b'], '/usr/bin/node plain a=b'],
    [['/opt/a b/$x/100%', '$x 100%', ''], '"/opt/a b/$x/100%%" "$$x 100%%" ""'],
    [['/x', ';', 'say "hi"', 'a\\b', 'two\nlines'], '/x ";" "say \\"hi\\"" "a\\\\b" "two\\x0alines"'],
  ])('%j', (argv, line) => {
    expect(formatExecLine(argv)).toBe(line);
    expect(parseExecLine(line)).toEqual(argv);
  });

  test('reads what it writes, whatever it is', () => {
    const property = fc.property(words, (some) => {
      const line = formatExecLine(['/bin/x', ...some]);
      expect(line).not.toMatch(/\n/);
      expect(parseExecLine(line)).toEqual(['/bin/x', ...some]);
    });
    fc.assert(property, { seed: SEED, numRuns: 500 });
  });

  test.each(['', '"/bin/x', '/bin/x %h', '/bin/x $HOME', '-/bin/x', 'x y', '/bin/x \\q'])(
    'what systemd alone could complete is not guessed at: %j',
    (line) => expect(parseExecLine(line)).toBeUndefined(),
  );

  testWithSystemd('systemd reads the very words', () => {
    const all = fc.sample(words, { seed: SEED, numRuns: 300 }).map((some) => ['/bin/echo', ...some]);
    const lines = all.map((argv) => `ExecStart=${formatExecLine(argv)}\n`).join('');
    const told = verifyUnits({ 'x.service': `[Service]\nType=oneshot\n${lines}` }, 'debug');
    const read = told.split('\n').flatMap((line) => /^\t+Command Line: (.*)$/.exec(line)?.[1] ?? []);
    expect(read.map(shellWords)).toEqual(all.map(([program, ...rest]) => [program, ...rest.map(doubled)]));
    expect(told).not.toMatch(/x\.service:\d+:/);
  });
});

/** As systemd has a word before it looks for variables, which it does when it runs it. */
function doubled(text: string): string {
  return text.replaceAll('$', '$$$$');
}

/** systemd shows words as a shell would take them: bare, in double quotes, or as $'…', with C's escapes, by byte. */
function shellWords(line: string): readonly string[] {
  const found = line.match(/\$?"(?:\\.|[^"\\])*"|\$'(?:\\.|[^'\\])*'|\S+/g) ?? [];
  return found.map((shown) => {
    const quoted = /^\$?(["'])(.*)\1$/s.exec(shown)?.[2];
    return quoted === undefined ? shown : unescaped(quoted);
  });
}

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function unescaped(text: string): string {
  const bytes = text.replace(
    /\\(?:x([0-9a-f]{2})|([0-7]{3})|(.))|\P{ASCII}+/gsu,
    (whole, hex, octal, plain) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      return plain === undefined ? Buffer.from(whole).toString('latin1') : (SIMPLE[plain] ?? plain);
    },
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
