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
  let [text, start, isQuoted, isOpen] = ['', 0, false, false];
  const finish = (end: number) => {
    tokens.push({ text, isQuoted, start, end });
    text = '';
    isQuoted = false;
  };
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] ?? '';
    if (text === '' && !isQuoted) start = at;
    if (isOpen) {
      if (character === '\\') {
        at += 1;
        text += line[at] ?? '';
      } else if (character === '"') {
        isOpen = false;
        finish(at + 1);
      } else text += character;
    } else if (character === '"') {
      isOpen = true;
      isQuoted = true;
    } else if (character === ' ' || character === '\t' || character === '\n') {
      if (text !== '') finish(at);
    } else text += character;
  }
  if (text !== '' || isOpen) finish(line.length);
  return { tokens, isOpen };
}
