import type { Codec } from './module.ts';
import { hex, MAX_32, parseNumber } from './values.ts';

const LOCATION = /^(\w+)((?:(?:&|<<|>>|@)\w+)*)$/;

/** The little language of `-m u32`: `6&0xFF=1 && 4&0x3FFF=0,5:7`; every number is saved in hexadecimal. */
export const u32: Codec = (text) => {
  const tests = text.replaceAll(/\s+/g, '').split('&&').map(testOf);
  return tests.includes(undefined) ? undefined : `"${tests.join('&&')}"`;
};

function testOf(text: string): string | undefined {
  const [location = '', values, ...more] = text.split('=');
  if (values === undefined || more.length > 0) return undefined;
  const [, first = '', steps = ''] = LOCATION.exec(location) ?? [];
  const left = [number(first), ...[...steps.matchAll(/(&|<<|>>|@)(\w+)/g)].map(([, sign, value = '']) => prefixed(sign, value))]; // biome-ignore format: short
  const right = values.split(',').map(rangeOf);
  if (left.includes(undefined) || right.includes(undefined)) return undefined;
  return `${left.join('')}=${right.join(',')}`;
}

function rangeOf(text: string): string | undefined {
  const [first = '', last, ...more] = text.split(':');
  const [from, to] = [number(first), last === undefined ? '' : number(last)];
  if (from === undefined || to === undefined || more.length > 0) return undefined;
  if (last === undefined) return from;
  return Number(from) < Number(to) ? `${from}:${to}` : undefined;
}

function prefixed(sign: string | undefined, value: string): string | undefined {
  const saved = number(value);
  return saved === undefined ? undefined : `${sign}${saved}`;
}

function number(text: string): string | undefined {
  const value = parseNumber(text, MAX_32);
  return value === undefined ? undefined : hex(value);
}
