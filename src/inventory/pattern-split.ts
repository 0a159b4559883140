import { parseAddress } from './address.ts';

/**
 * Splits a host pattern into its parts as Ansible does: at commas where there is one, else at colons outside brackets, unless
 * the whole is an address (`2001:db8::1`, `gw:22`).
 */
export function splitPattern(pattern: string): readonly string[] {
  const parts = pattern.includes(',')
    ? pattern.split(',')
    : parseAddress(pattern) !== undefined
      ? [pattern]
      : (pattern.match(/(?:[^\s:[\]]|\[[^\]]*\])+/g) ?? []);
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** Which hosts of a match to take, counted from 0; a negative start counts from the end; `end` is inclusive. */
export type Subscript = { readonly start: number; readonly end: number | 'last' };

/** Splits `web[0:2]`, `web[-1]`, `web[1:]` into the expression and its subscript; a `~regex` has none. */
export function splitSubscript(part: string): {
  readonly expression: string;
  readonly subscript?: Subscript;
} {
  const match = part.startsWith('~') ? null : /^(.+)\[(?:(-?[0-9]+)|([0-9]+)[:-]([0-9]*))\]$/.exec(part);
  if (match === null) return { expression: part };
  const [, expression = '', index, start, end] = match;
  if (index !== undefined) return { expression, subscript: { start: Number(index), end: Number(index) } };
  return { expression, subscript: { start: Number(start), end: end === '' ? 'last' : Number(end) } };
}
