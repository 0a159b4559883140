import type { Expression } from './expression.ts';
import { unsupported } from './fault.ts';
import { parseTokens } from './parse.ts';
import { syntaxFault, tokensFrom } from './tokens.ts';

/** A text with expressions in it, in order. */
export type Template = readonly Part[];
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'expression'; readonly expression: Expression };

/**
 * Parses the text of a variable: `{{ … }}` between plain text. Comments vanish; `-` inside the braces takes the blanks beside them.
 * @throws JinjaFault for blocks (`{% … %}`) and for expressions that are not supported
 */
export function parseTemplate(text: string): Template {
  const parts: Part[] = [];
  let trims = false;
  for (let at = 0; at < text.length; ) {
    const found = text.slice(at).search(/\{[{%#]/);
    const open = found < 0 ? text.length : at + found;
    const opensTrimmed = text.charAt(open + 2) === '-';
    let plain = text.slice(at, open);
    if (trims) plain = plain.trimStart();
    if (opensTrimmed) plain = plain.trimEnd();
    if (plain !== '') parts.push({ kind: 'text', text: plain });
    if (open === text.length) break;
    const mark = text.slice(open, open + 2);
    if (mark === '{%') throw unsupported('a block ({% … %})');
    if (mark === '{#') {
      const close = text.indexOf('#}', open + 2);
      if (close < 0) throw syntaxFault('{#');
      trims = text.charAt(close - 1) === '-';
      at = close + 2;
    } else {
      const { tokens, end, trims: next } = tokensFrom(text, open + (opensTrimmed ? 3 : 2));
      if (end === undefined) throw syntaxFault('the end, where "}}" is missing');
      parts.push({ kind: 'expression', expression: parseTokens(tokens) });
      trims = next;
      at = end;
    }
  }
  return parts;
}
