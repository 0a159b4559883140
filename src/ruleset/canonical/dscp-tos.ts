import type { Codec } from './module.ts';
import { hex, MAX_8, parseMasked, parseNumber } from './values.ts';

/** Each name means its bits within the six of the old field. */
const TOS_NAMES: Readonly<Record<string, number>> = {
  'minimize-delay': 0x10,
  'maximize-throughput': 0x08,
  'maximize-reliability': 0x04,
  'minimize-cost': 0x02,
  'normal-service': 0x00,
};
const TOS_MASK = 0x3f;

/** `VALUE[/MASK]` or one of the old names. */
export const tos: Codec = (text) => {
  const named = TOS_NAMES[text.toLowerCase()];
  const parts = named === undefined ? parseMasked(text, MAX_8) : ([named, TOS_MASK] as const);
  return parts === undefined ? undefined : maskedByte(...parts);
};

export function maskedByte(value: number, mask: number): string {
  return `${hex(value, 2)}/${hex(mask, 2)}`;
}

export const dscp: Codec = (text) => {
  const value = parseNumber(text, 63);
  return value === undefined ? undefined : hex(value, 2);
};

/** CS0–CS7, AF11–AF43, EF and BE. */
export const dscpClass: Codec = (text) => {
  const name = text.toUpperCase();
  if (name === 'BE') return hex(0, 2);
  if (name === 'EF') return hex(0x2e, 2);
  const [, selector] = /^CS([0-7])$/.exec(name) ?? [];
  if (selector !== undefined) return hex(Number(selector) * 8, 2);
  const [, level, drop] = /^AF([1-4])([1-3])$/.exec(name) ?? [];
  return level === undefined ? undefined : hex(Number(level) * 8 + Number(drop) * 2, 2);
};
