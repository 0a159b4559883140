/** One argument of a rule, as iptables-restore would hand it to getopt. */
export type Token = {
  readonly text: string;
  /** Some of it stood in double quotes. */
  readonly isQuoted: boolean;
  /** Where it stands in the line, its quotes included. */
  readonly start: number;
  readonly end: number;
};

/** `isOpen`: the line ends inside double quotes, so that iptables-restore would take the line feed into the token. */
export type TokenLine = { readonly tokens: readonly Token[]; readonly isOpen: boolean };

/**
 * Splits a line as iptables-restore does (`add_param_to_argv` in iptables/xshared.c): only `"` quotes, a closing quote ends
 * the token, a backslash escapes inside quotes alone, and blanks or tabs separate.
 */
export function splitTokens(line: string): TokenLine {
  const tokens: Token[] = [];
  // `text` is what the open token has before `run`, where its next stretch of plain characters begins.
  let [text, start, run, isQuoted, isOpen] = ['', -1, 0, false, false];
  const finish = (at: number, end: number) => {
    tokens.push({ text: text + line.slice(run, at), isQuoted, start, end });
    [text, start, isQuoted] = ['', -1, false];
  };
  for (let at = 0; at < line.length; at += 1) {
    const character = line.charCodeAt(at);
    if (isOpen) {
      if (character === BACKSLASH) {
        text += line.slice(run, at);
        at += 1;
        run = at;
      } else if (character === QUOTE) {
        isOpen = false;
        finish(at, at + 1);
      }
    } else if (character === QUOTE) {
      if (start < 0) start = at;
      else text += line.slice(run, at);
      [isOpen, isQuoted, run] = [true, true, at + 1];
    } else if (character === SPACE || character === TAB || character === LINE_FEED) {
      if (start >= 0) finish(at, at);
    } else if (start < 0) [start, run] = [at, at];
  }
  if (start >= 0) finish(line.length, line.length);
  return { tokens, isOpen };
}

const [TAB, LINE_FEED, SPACE, QUOTE, BACKSLASH] = [0x09, 0x0a, 0x20, 0x22, 0x5c];
