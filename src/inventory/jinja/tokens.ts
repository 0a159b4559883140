import { JinjaFault, unsupported } from './fault.ts';

export type Token =
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'string' | 'number'; readonly text: string; readonly value: string | number }
  | { readonly kind: 'sign'; readonly text: string };

const TOKEN =
  /\s*(?:(?<name>[\p{L}_][\p{L}\p{N}_]*)|(?<number>\d(?:_?\d)*(?:\.\d(?:_?\d)*)?(?:[eE][-+]?\d+)?)|(?<string>'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*")|(?<sign>==|!=|<=|>=|\/\/|\*\*|-?\}\}|[-+*/%~<>()[\]{}.,:|=]))/uy;

/**
 * Splits the expression that starts at an index into tokens, up to the `}}` that ends it, or to the end of the text.
 *
 * @returns the tokens, and where the expression ended: behind its `}}`, or undefined where there was none
 * @throws JinjaFault where the text is no Jinja
 */
export function tokensFrom(
  text: string,
  start: number,
): { readonly tokens: readonly Token[]; readonly end: number | undefined; readonly trims: boolean } {
  const tokens: Token[] = [];
  let open = 0;
  for (let at = start; ; ) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    const { name, number, string, sign } = match?.groups ?? {};
    if (match === null) {
      if (text.slice(at).trim() === '') return { tokens, end: undefined, trims: false };
      throw syntaxFault(text.slice(at).trim().slice(0, 20));
    }
    at = TOKEN.lastIndex;
    if (sign?.endsWith('}}')) {
      // Inside a mapping "}}" closes two of them.
      if (open === 0) return { tokens, end: at, trims: sign.startsWith('-') };
      at -= 1;
      if (sign.startsWith('-')) throw syntaxFault('-}');
      tokens.push({ kind: 'sign', text: '}' });
      open -= 1;
    } else if (sign !== undefined) {
      if (sign === '{') open += 1;
      if (sign === '}') open -= 1;
      tokens.push({ kind: 'sign', text: sign });
    } else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number, value: numberOf(number) });
    else if (string !== undefined) tokens.push({ kind: 'string', text: string, value: stringOf(string) });
  }
}

export function syntaxFault(near: string): JinjaFault {
  return new JinjaFault(
    'unsupported',
    `the expression can't be read near "${near}"`,
    'Correct the expression.',
  );
}

/** Ansible doubles backslashes before Jinja sees them, so that they stand for themselves; what it makes of `\'` nobody wants. */
function stringOf(literal: string): string {
  const inner = literal.slice(1, -1);
  if (inner.includes(`\\${literal.charAt(0)}`))
    throw unsupported(`the quote after a backslash in ${literal}`);
  return inner;
}

function numberOf(literal: string): number {
  const number = Number(literal.replaceAll('_', ''));
  if (Number.isSafeInteger(number) || /[.eE]/.test(literal)) return number;
  throw unsupported(`the number ${literal}, which is too large to be exact,`);
}
