import { SecretText, Sensitive } from '../../sensitive.ts';
import { Unusable } from '../../unusable.ts';
import type { Resolved, Value } from '../model.ts';
import { pythonText } from '../python-text.ts';
import { JinjaFault, unsupported } from './fault.ts';

/** What an expression comes to on the way there. */
export type Result = Resolved | Missing | Lookup;

/** A variable that is not there: no fault until it is used, so that `default` and `is defined` can ask for it. */
export class Missing {
  readonly fault: JinjaFault;

  constructor(fault: JinjaFault) {
    this.fault = fault;
  }
}

/** `hostvars`, and one host of it: what is asked for is looked up, nothing else is made. */
export class Lookup {
  readonly name: string;
  readonly has: (key: string) => boolean;
  readonly find: (key: string) => Result;

  constructor(name: string, has: (key: string) => boolean, find: (key: string) => Result) {
    this.name = name;
    this.has = has;
    this.find = find;
  }
}

/**
 * The value itself, where there is one.
 * @throws JinjaFault for a variable that is missing, and for `hostvars` as a whole
 */
export function present(result: Result): Resolved {
  if (result instanceof Missing) throw result.fault;
  if (result instanceof Lookup) throw unsupported(`${result.name} as a whole`);
  return result;
}

/**
 * A value that an operation may look at.
 * @throws JinjaFault for secrets too: what is worked out from one would show a part of it
 */
export function plain(result: Result, what: string): Value {
  const value = present(result);
  if (isPlain(value)) return value;
  throw ofSecret(what);
}

function ofSecret(what: string): JinjaFault {
  return new JinjaFault(
    'secret',
    `${what} of a secret is not supported`,
    'A secret may be passed on as it is, or stand inside a longer text; work on plain values.',
  );
}

function isPlain(value: Resolved): value is Value {
  if (typeof value !== 'object' || value === null) return true;
  if (value instanceof Sensitive || value instanceof Unusable) return false;
  return Object.values(value).every(isPlain);
}

/** Collects a text of several parts; with a secret in it, the whole is one, and is put together no sooner than somebody may read it. */
export class TextOf {
  readonly #parts: (string | Sensitive)[] = [];

  add(result: Result): this {
    const value = present(result);
    this.#parts.push(value instanceof Sensitive ? value : pythonText(plain(value, 'a longer text')));
    return this;
  }

  get value(): string | Sensitive {
    const texts = this.#parts.filter((part) => typeof part === 'string');
    return texts.length === this.#parts.length ? texts.join('') : new SecretText(this.#parts);
  }
}

/**
 * Python's truth: false, None, 0 and what is empty are not true.
 * @throws JinjaFault for a secret: what follows would show whether it is empty
 */
export function isTruthy(result: Result): boolean {
  const value = result instanceof Lookup ? true : present(result);
  if (value instanceof Sensitive) throw ofSecret('the truth');
  if (typeof value !== 'object' || value === null) return Boolean(value);
  return Object.keys(value).length > 0;
}

/** Python's `==`: True is 1, lists and dicts are compared by what they hold, and a text never equals a number. */
export function isEqual(a: Value, b: Value): boolean {
  if (typeof a === 'object' && a !== null && typeof b === 'object' && b !== null) {
    if (Array.isArray(a) !== Array.isArray(b)) return false;
    const [left, right] = [Object.entries(a), new Map(Object.entries(b))];
    return left.length === right.size && left.every(([key, value]) => isEqualTo(value, right.get(key)));
  }
  return numeric(a) === numeric(b);
}

function isEqualTo(a: Value, b: Value | undefined): boolean {
  return b !== undefined && isEqual(a, b);
}

/** Python's order, negative where the first is less; undefined where Python has none. */
export function compare(a: Value, b: Value): number | undefined {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (Array.isArray(a) && Array.isArray(b)) return compareLists(a, b);
  const [left, right] = [numeric(a), numeric(b)];
  return typeof left === 'number' && typeof right === 'number' ? left - right : undefined;
}

function compareLists(a: readonly Value[], b: readonly Value[]): number | undefined {
  const at = a.findIndex((item, index) => !isEqualTo(item, b[index]));
  const [left, right] = [a[at], b[at]];
  return left === undefined || right === undefined ? a.length - b.length : compare(left, right);
}

/** By code points, as Python has it; JavaScript's own order is that of UTF-16. */
function compareText(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  const at = left.findIndex((char, index) => char !== right[index]);
  const [first, second] = [left[at]?.codePointAt(0), right[at]?.codePointAt(0)];
  return first === undefined || second === undefined ? left.length - right.length : first - second;
}

function numeric(value: Value): Value {
  return typeof value === 'boolean' ? Number(value) : value;
}

/** `a list`, `text`: what a value is, without a word of it. */
export function kindOf(value: Resolved): string {
  if (value === null) return 'none';
  if (typeof value === 'string') return 'text';
  if (value instanceof Sensitive) return 'a secret';
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'a mapping';
  return `a ${typeof value}`;
}
