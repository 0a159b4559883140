/** What needs no quotes in a unit file, once `%` is doubled. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/**
 * The words of a command as ExecStart= takes them: `%` would be a specifier, `$` a variable, quotes and backslashes are syntax. In the
 * program's own path systemd looks for no variables.
 * @see systemd.service(5), COMMAND LINES; systemd.syntax(7), QUOTING
 */
export function formatExecLine([program = '', ...words]: readonly string[]): string {
  return [quote(program), ...words.map((word) => quote(word.replaceAll('$', '$$$$')))].join(' ');
}

function quote(word: string): string {
  const text = word.replaceAll('%', '%%');
  return PLAIN.test(text) ? text : `"${text.replace(/[\\"]|\p{Cc}/gu, escaped)}"`;
}

function escaped(character: string): string {
  if (character === '\\' || character === '"') return `\\${character}`;
  const code = character.codePointAt(0) ?? 0;
  // Beyond ASCII, \x would be a single byte.
  return code < 0x80
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  s: ' ',
  '\\': '\\',
  '"': '"',
  "'": "'",
};
const ESCAPE = /^\\(?:([abfnrtvs\\"'])|x([0-7][0-9a-f])|u([0-9a-f]{4}))/i;

/**
 * The words of an ExecStart= line, by systemd's rules. Undefined where they can't be known from it alone: quotes that don't close, a
 * specifier, a variable, a prefix; `formatExecLine` writes none of these, somebody's hand may.
 */
export function parseExecLine(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let rest = line.trim();
  while (rest !== '') {
    const word = firstWord(rest);
    const text = word === undefined ? undefined : expand(word.text, words.length === 0);
    if (word === undefined || text === undefined) return undefined;
    words.push(text);
    rest = word.rest.trimStart();
  }
  return words[0]?.startsWith('/') ? words : undefined;
}

/** Up to the next blank outside of quotes. */
function firstWord(line: string): { readonly text: string; readonly rest: string } | undefined {
  let text = '';
  let quoted: string | undefined;
  let at = 0;
  while (at < line.length) {
    const character = line.charAt(at);
    const isQuote = character === '"' || character === "'";
    if (character === '\\') {
      const [whole = '', simple, byte, unicode] = ESCAPE.exec(line.slice(at)) ?? [];
      if (whole === '') return undefined;
      text +=
        simple === undefined
          ? String.fromCharCode(Number.parseInt(byte ?? unicode ?? '', 16))
          : ESCAPES[simple];
      at += whole.length;
      continue;
    }
    if (quoted === undefined && /\s/.test(character)) break;
    if (quoted === undefined ? isQuote : character === quoted)
      quoted = quoted === undefined ? character : undefined;
    else text += character;
    at += 1;
  }
  return quoted === undefined ? { text, rest: line.slice(at) } : undefined;
}

/** Doubled signs stand for themselves; others for what only the machine knows. */
function expand(word: string, isProgram: boolean): string | undefined {
  if (/%/.test(word.replaceAll('%%', ''))) return undefined;
  if (!isProgram && /\$/.test(word.replaceAll('$$', ''))) return undefined;
  const text = word.replaceAll('%%', '%');
  return isProgram ? text : text.replaceAll('$$', '$');
}
