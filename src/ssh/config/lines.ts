/** A line of ssh_config(5), or the argument of `-o`: a keyword and what follows it. */
export type Line = {
  /** As written. */
  readonly keyword: string;
  /** All that follows the keyword, untouched but for blanks at both ends: commands are taken from here. */
  readonly rest: string;
  /** The same in words, without quotes and the comment; undefined when a quote stays open. */
  readonly words: readonly string[] | undefined;
};

const blank = /[ \t\r\n\f]/;

/**
 * Splits a line as OpenSSH does (readconf.c, process_config_line; misc.c, strdelim and argv_split): the keyword ends at a
 * blank or at one `=`. Answers undefined for an empty line or a comment.
 */
export function splitLine(line: string): Line | undefined {
  const text = line.trim();
  if (text === '' || text.startsWith('#')) return undefined;
  const [, quoted, bare, rest = ''] = /^(?:"([^"]*)"|([^\s="]*))(?:\s*=\s*|\s*)(.*)$/s.exec(text) ?? [];
  return { keyword: quoted ?? bare ?? '', rest, words: splitArguments(rest) };
}

/** Words with quotes of both kinds; a backslash escapes quotes, itself and, outside of quotes, a space. */
function splitArguments(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (blank.test(char)) at += 1;
    else if (char === '#') break;
    else {
      const word = readWord(text, at);
      if (word === undefined) return undefined;
      words.push(word.text);
      at = word.end;
    }
  }
  return words;
}

function readWord(text: string, start: number): { text: string; end: number } | undefined {
  let word = '';
  let quote = '';
  let at = start;
  for (; at < text.length; at += 1) {
    const char = text.charAt(at);
    const next = text.charAt(at + 1);
    if (char === '\\' && (/["'\\]/.test(next) || (quote === '' && next === ' '))) {
      word += next;
      at += 1;
    } else if (quote === '' && blank.test(char)) break;
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (char === quote) quote = '';
    else word += char;
  }
  return quote === '' ? { text: word, end: at } : undefined;
}
