/** One argument of a rule, as iptables-restore would hand it to getopt. */
export type Token = {
  readonly text: string /** Some of it stood in double quotes. */;
  readonly isQuoted: boolean;
};

/** `isOpen`: the line ends inside double quotes, so that iptables-restore would take the line feed into the token. */
export type TokenLine = { readonly tokens: readonly Token[]; readonly isOpen: boolean };

/**
 * Splits a line as iptables-restore does (`add_param_to_argv` in iptables/xshared.c): only `"` quotes, a closing quote ends
 * the token, a backslash escapes inside quotes alone, and blanks or tabs separate.
 */
export function splitTokens(line: string): TokenLine {
  const tokens: Token[] = [];
  let text = '';
  let isQuoted = false;
  let isOpen = false;
  let isEscaped = false;
  const finish = () => {
    tokens.push({ text, isQuoted });
    text = '';
    isQuoted = false;
  };
  for (const character of line) {
    if (isOpen) {
      if (isEscaped) {
        text += character;
        isEscaped = false;
      } else if (character === '\\') isEscaped = true;
      else if (character === '"') {
        isOpen = false;
        finish();
      } else text += character;
    } else if (character === '"') {
      isOpen = true;
      isQuoted = true;
    } else if (character === ' ' || character === '\t' || character === '\n') {
      if (text !== '') finish();
    } else text += character;
  }
  if (text !== '' || isOpen) finish();
  return { tokens, isOpen };
}
