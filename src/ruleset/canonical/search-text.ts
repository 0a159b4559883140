import type { GivenOptions } from './module.ts';
import { byteLength, isAscii, MAX_16, number } from './values.ts';

const MAX_BYTES = 128;

/** `-m string`: printable text is saved in quotes, other bytes in hexadecimal. */
export function saveString(given: GivenOptions): string | undefined {
  const [text, hexText] = [given.get('--string'), given.get('--hex-string')];
  const bytes = text === undefined ? hexBytes(hexText?.values[0] ?? '') : textBytes(text.values[0] ?? '');
  const algorithm = given.get('--algo')?.values[0];
  if (bytes === undefined || bytes.length === 0 || bytes.length > MAX_BYTES) return undefined;
  if (algorithm !== 'bm' && algorithm !== 'kmp') return undefined;
  const [from, to] = [offset(given, '--from', '0'), offset(given, '--to', `${MAX_16}`)];
  if (from === undefined || to === undefined) return undefined;
  if (Number(given.get('--from')?.values[0] ?? 0) > Number(given.get('--to')?.values[0] ?? MAX_16))
    return undefined;
  const not = (text ?? hexText)?.isNegated === true ? ' !' : '';
  return `${not} ${patternOf(bytes)} --algo ${algorithm}${from}${to}${given.has('--icase') ? ' --icase' : ''}`;
}

function offset(given: GivenOptions, name: string, omit: string): string | undefined {
  const one = given.get(name);
  if (one === undefined) return '';
  const value = number(MAX_16)(one.values[0] ?? '', { family: 'ipv4', backend: 'nft', protocol: undefined });
  return value === undefined ? undefined : value === omit ? '' : ` ${name} ${value}`;
}

function textBytes(text: string): readonly number[] | undefined {
  if (text.includes('\0')) return undefined;
  return isAscii(text) && byteLength(text) === text.length
    ? Array.from(text, (character) => character.charCodeAt(0))
    : [...new TextEncoder().encode(text)];
}

/** Text with bytes between bars: `GET |0d 0a|`. A backslash, which escapes there, is left to the kernel. */
function hexBytes(text: string): readonly number[] | undefined {
  const parts = text.split('|');
  if (parts.length % 2 === 0 || text.includes('\\')) return undefined;
  const bytes: number[] = [];
  for (const [at, part] of parts.entries()) {
    if (at % 2 === 0) bytes.push(...(textBytes(part) ?? []));
    else {
      const digits = part.replaceAll(' ', '');
      if (!/^([0-9a-f]{2})+$/i.test(digits) || !/^ *([0-9a-f]{2} *)+$/i.test(part)) return undefined;
      for (let from = 0; from < digits.length; from += 2)
        bytes.push(Number.parseInt(digits.slice(from, from + 2), 16));
    }
  }
  return bytes;
}

function patternOf(bytes: readonly number[]): string {
  const isText = bytes.every((byte) => byte >= 0x20 && byte < 0x7f) && bytes.at(-1) !== 0x5c;
  if (!isText) return `--hex-string "|${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}|"`;
  return `--string "${String.fromCharCode(...bytes).replaceAll(/["\\]/g, '\\$&')}"`;
}
