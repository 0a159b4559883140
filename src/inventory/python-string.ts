/**
 * Reads a Python string literal from the start of a text (prefixes `r`, `u`, `b`; single, double and triple quotes); `length` is
 * what it took. Undefined where there is none, and for `\N{…}` escapes.
 */
export function parsePythonString(text: string): { value: string; length: number } | undefined {
  const match = /^([rR]?[bB]?|[bB][rR]|[uU])('''|"""|'|")/.exec(text);
  if (match === null) return undefined;
  const [opening, prefix = '', quote = ''] = match;
  const isRaw = /r/i.test(prefix);
  let value = '';
  for (let at = opening.length; at < text.length; ) {
    if (text.startsWith(quote, at)) return { value, length: at + quote.length };
    if (text.charAt(at) !== '\\') {
      value += text.charAt(at);
      at += 1;
    } else if (isRaw) {
      value += text.slice(at, at + 2);
      at += 2;
    } else {
      const escaped = readEscape(text.slice(at + 1, at + 10));
      if (escaped === undefined) return undefined;
      value += escaped.value;
      at += 1 + escaped.length;
    }
  }
  return undefined;
}

const SIMPLE: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** Reads what follows a backslash. An unknown escape keeps its backslash, as in Python. */
function readEscape(text: string): { value: string; length: number } | undefined {
  const char = text.charAt(0);
  const simple = SIMPLE[char];
  if (simple !== undefined) return { value: simple, length: 1 };
  const octal = /^[0-7]{1,3}/.exec(text)?.[0];
  if (octal !== undefined)
    return { value: String.fromCodePoint(Number.parseInt(octal, 8)), length: octal.length };
  if ('xuU'.includes(char) && char !== '') return readHex(text, char === 'x' ? 2 : char === 'u' ? 4 : 8);
  if (char === 'N' || char === '') return undefined;
  return { value: `\\${char}`, length: 1 };
}

function readHex(text: string, width: number): { value: string; length: number } | undefined {
  const digits = text.slice(1, 1 + width);
  const point =
    /^[0-9a-fA-F]+$/.test(digits) && digits.length === width ? Number.parseInt(digits, 16) : Infinity;
  return point > 0x10ffff ? undefined : { value: String.fromCodePoint(point), length: 1 + width };
}
