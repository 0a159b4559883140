import { Sensitive } from '../sensitive.ts';
import type { Kind } from './table.ts';

/** What a setting of a kind holds. */
export type ValueOf<K extends Kind> = K extends 'boolean'
  ? boolean
  : K extends 'count' | 'port' | 'seconds'
    ? number
    : K extends 'list' | 'patterns' | 'paths'
      ? readonly string[]
      : K extends 'secret'
        ? Sensitive
        : string;

export type SettingValue = ValueOf<Kind>;

/** A path as Ansible expands it, from a folder; or what can't be expanded. */
export type ExpandPath = (written: string) => { readonly path: string } | { readonly fault: string };

export type Parsed = { readonly value: SettingValue | undefined } | { readonly fault: string };

/** Parses what is written for a setting. Empty text sets it back to its default, but for texts and booleans. */
export function parseValue(kind: Kind, written: string, expand: ExpandPath): Parsed {
  switch (kind) {
    case 'text':
      return { value: unquote(written) };
    case 'secret':
      return written === '' ? { value: undefined } : { value: new Sensitive(unquote(written)) };
    case 'boolean':
      return parseBoolean(written);
    case 'count':
      return parseCount(written, 1, 1_000_000);
    case 'port':
      return parseCount(written, 1, 65_535);
    case 'seconds':
      return parseCount(written, 1, 86_400);
    case 'list':
      return { value: items(written).map(unquote) };
    case 'patterns':
      return parsePatterns(written);
    case 'path':
      return parsePath(written, expand);
    case 'paths':
      return parsePaths(written, expand);
  }
}

/** Ansible takes any other word for false, which could switch the checking of host keys off by a slip of the fingers. */
function parseBoolean(written: string): Parsed {
  const word = unquote(written).trim().toLowerCase();
  if (['y', 'yes', 'on', '1', 'true', 't', '1.0'].includes(word)) return { value: true };
  if (['n', 'no', 'off', '0', 'false', 'f', '0.0'].includes(word)) return { value: false };
  return { fault: 'it must be true or false' };
}

function parseCount(written: string, from: number, to: number): Parsed {
  const text = written.trim();
  if (text === '') return { value: undefined };
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= from && value <= to) return { value };
  return { fault: `it must be a whole number from ${from} to ${to}` };
}

/** Python's regular expressions are ours, but for constructs that can't be told apart safely: those are faults. */
function parsePatterns(written: string): Parsed {
  const patterns = items(written).map(unquote);
  for (const pattern of patterns) {
    try {
      new RegExp(pattern, 'u');
    } catch {
      return {
        fault: `${JSON.stringify(pattern)} is no regular expression that Python and JavaScript agree on`,
      };
    }
  }
  return { value: patterns };
}

function parsePath(written: string, expand: ExpandPath): Parsed {
  if (written === '') return { value: undefined };
  const expanded = expand(written);
  return 'fault' in expanded ? expanded : { value: expanded.path };
}

/** A trailing comma marks an inline list of hosts, as after `-i`. */
function parsePaths(written: string, expand: ExpandPath): Parsed {
  if (written.trim() === '') return { value: undefined };
  if (written.endsWith(',')) return { value: [written] };
  const expanded = items(written).map(expand);
  const paths = expanded.flatMap((one) => ('path' in one ? one.path : []));
  return expanded.find((one) => 'fault' in one) ?? { value: paths };
}

function items(written: string): readonly string[] {
  return written
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** Without one pair of quotes around the whole. */
function unquote(written: string): string {
  return /^(["'])(?:.*[^\\])?\1$/s.test(written) ? written.slice(1, -1) : written;
}
