/** One simple command of a script. */
export type ShellLine = {
  /** Without quotes; `isLiteral` where no variable in it would be filled in. */
  readonly words: readonly { readonly text: string; readonly isLiteral: boolean }[];
  /** Of its first word, from 1. */
  readonly line: number;
};

/**
 * Splits a script into simple commands: at line ends, `;`, `&&`, `||` and `|`; comments go, a backslash joins lines. A reading for
 * linting, not for running: here-documents and functions are read as if they were commands.
 */
export function shellLines(text: string): readonly ShellLine[] {
  const lines: ShellLine[] = [];
  let words: { text: string; isLiteral: boolean }[] = [];
  let [word, hasWord, isLiteral, line, started] = ['', false, false, 1, 1];
  const endWord = () => {
    if (hasWord) words.push({ text: word, isLiteral });
    [word, hasWord, isLiteral] = ['', false, false];
  };
  const endCommand = () => {
    endWord();
    if (words.length > 0) lines.push({ words, line: started });
    words = [];
  };
  const begin = () => {
    if (!hasWord && words.length === 0) started = line;
    hasWord = true;
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character === '\n') {
      endCommand();
      line += 1;
    } else if (character === '\\') {
      const next = text[at + 1] ?? '';
      at += 1;
      if (next === '\r' && text[at + 1] === '\n') at += 1;
      if (next === '\n' || next === '\r') line += 1;
      else {
        begin();
        word += next;
      }
    } else if (character === "'" || character === '"') {
      begin();
      const end = closing(text, at, character);
      const inside = text.slice(at + 1, end);
      if (character === "'") isLiteral = true;
      word += character === '"' ? inside.replaceAll(/\\(["\\$`])/g, '$1') : inside;
      line += inside.split('\n').length - 1;
      at = end;
    } else if (character === '#' && !hasWord) {
      const end = text.indexOf('\n', at);
      at = (end === -1 ? text.length : end) - 1;
    } else if (character === ';' && text[at + 1] === ';') {
      endCommand();
      lines.push({ words: [{ text: ';;', isLiteral: true }], line });
      at += 1;
    } else if (/[;&|]/.test(character)) endCommand();
    else if (/[ \t\r]/.test(character)) endWord();
    else {
      begin();
      word += character;
    }
  }
  endCommand();
  return lines;
}

function closing(text: string, from: number, quote: string): number {
  for (let at = from + 1; at < text.length; at += 1) {
    if (quote === '"' && text[at] === '\\') at += 1;
    else if (text[at] === quote) return at;
  }
  // Never closed: as far as the line goes.
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end - 1;
}
