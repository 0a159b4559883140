import type { Codec } from './module.ts';

const NUMBER = /^(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/;

/** A whole number as strtoul reads it (decimal, `0x16`, octal `022`); undefined above `max`. */
export function parseNumber(text: string, max: number): number | undefined {
  if (!NUMBER.test(text)) return undefined;
  const value = text.length > 1 && /^0[0-7]/.test(text) ? Number.parseInt(text, 8) : Number(text);
  return value <= max ? value : undefined;
}

/** Likewise to 64 bits. */
export function parseBigNumber(text: string): bigint | undefined {
  if (!NUMBER.test(text)) return undefined;
  const value = BigInt(text.length > 1 && /^0[0-7]/.test(text) ? `0o${text.slice(1)}` : text);
  return value < 1n << 64n ? value : undefined;
}

export const MAX_8 = 255;
export const MAX_16 = 65_535;
export const MAX_32 = 4_294_967_295;

/** A number saved in decimal. */
export function number(max: number, min = 0): Codec {
  return (text) => {
    const value = parseNumber(text, max);
    return value === undefined || value < min ? undefined : `${value}`;
  };
}

/** A number saved as `0x2a`, filled up with zeros to `digits`. */
export function hexNumber(max: number, digits = 1): Codec {
  return (text) => {
    const value = parseNumber(text, max);
    return value === undefined ? undefined : hex(value, digits);
  };
}

export function hex(value: number, digits = 1): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}

/** `3`, `3:5`, `3:` or `:5`, where an open end is that of the type. */
export function range(max: number): Codec {
  return (text) => {
    const bounds = parseRange(text, max);
    if (bounds === undefined) return undefined;
    return bounds[0] === bounds[1] ? `${bounds[0]}` : `${bounds[0]}:${bounds[1]}`;
  };
}

function parseRange(text: string, max: number): readonly [number, number] | undefined {
  const [first = '', last, ...more] = text.split(':');
  if (more.length > 0 || text === '') return undefined;
  const from = first === '' ? 0 : parseNumber(first, max);
  const to = last === undefined ? from : last === '' ? max : parseNumber(last, max);
  return from === undefined || to === undefined || from > to ? undefined : [from, to];
}

/** A mark with an optional mask, both saved in hexadecimal; the full mask is left out. */
export const maskedMark: Codec = (text) => {
  const parts = parseMasked(text, MAX_32);
  if (parts === undefined) return undefined;
  const [value, mask] = parts;
  return mask === MAX_32 ? hex(value) : `${hex(value)}/${hex(mask)}`;
};

/** `VALUE` or `VALUE/MASK`; without a mask the full one. */
export function parseMasked(text: string, max: number): readonly [number, number] | undefined {
  const [first = '', second, ...more] = text.split('/');
  if (more.length > 0) return undefined;
  const value = parseNumber(first, max);
  const mask = second === undefined ? max : parseNumber(second, max);
  return value === undefined || mask === undefined ? undefined : [value, mask];
}

/** One of a few words, saved as the word is listed here; `other` says how else it may be written. */
export function oneOf(words: readonly string[], other: Readonly<Record<string, string>> = {}): Codec {
  return (text) => (words.includes(text) ? text : other[text]);
}

/** A list with commas, saved in the order in which `words` has them, whatever the case it is written in. */
export function wordSet(words: readonly string[]): Codec {
  return (text) => {
    const given = new Set(text.split(',').map((word) => word.toUpperCase()));
    for (const word of given) if (!words.includes(word)) return undefined;
    return words.filter((word) => given.has(word)).join(',');
  };
}

/** Free text, in quotes where iptables thinks that a shell would want them (`xtables_save_string`). */
export function quoted(text: string): string {
  return /^[\w-]+$/.test(text) && isAscii(text) ? text : `"${text.replaceAll(/["\\']/g, '\\$&')}"`;
}

/** Free text that fits into `max` bytes. */
export function freeText(max: number): Codec {
  return (text) => (byteLength(text) <= max && !text.includes('\0') ? quoted(text) : undefined);
}

export function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII is meant
  return /^[\x00-\x7f]*$/.test(text);
}

export function byteLength(text: string): number {
  return isAscii(text) ? text.length : new TextEncoder().encode(text).length;
}
