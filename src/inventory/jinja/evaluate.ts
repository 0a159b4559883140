import { Sensitive } from '../../sensitive.ts';
import type { Value } from '../model.ts';
import { didYouMean } from '../suggestion.ts';
import type { Expression } from './expression.ts';
import { JinjaFault, unsupported } from './fault.ts';
import { applyFilter } from './filters.ts';
import {
  compare,
  isEqual,
  isTruthy,
  kindOf,
  Lookup,
  Missing,
  plain,
  present,
  type Result,
  TextOf,
} from './result.ts';

/** Where names are looked up: `Missing` where there is none. */
export type Names = { readonly lookUp: (name: string) => Result };

/**
 * Evaluates an expression as Jinja would under Ansible.
 * @throws JinjaFault where it has no value
 */
export function evaluate(expression: Expression, names: Names): Result {
  const inner = (of: Expression) => evaluate(of, names);
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'name':
      return names.lookUp(expression.name);
    case 'list':
      return expression.items.map((item) => present(inner(item)));
    case 'mapping':
      return Object.fromEntries(
        expression.entries.map(([key, value]) => [textKey(inner(key)), present(inner(value))]),
      );
    case 'attribute':
      return attributeOf(inner(expression.of), expression.name, written(expression));
    case 'item':
      return itemOf(inner(expression.of), plain(inner(expression.index), 'an index'), written(expression));
    case 'filter':
      return applyFilter(expression.name, inner(expression.of), {
        args: expression.args.map(inner),
        named: new Map([...expression.named].map(([name, value]) => [name, inner(value)])),
      });
    case 'test':
      return test(expression.name, inner(expression.of));
    case 'concat':
      return expression.parts.reduce((text, part) => text.add(inner(part)), new TextOf()).value;
    case 'binary':
      return operate(expression.sign, inner(expression.left), inner(expression.right));
    case 'compare':
      return compareAll(inner(expression.first), expression.rest, inner);
    case 'and':
    case 'or': {
      const left = inner(expression.left);
      return isTruthy(left) === (expression.kind === 'and') ? inner(expression.right) : left;
    }
    case 'not':
      return !isTruthy(inner(expression.of));
    case 'minus':
    case 'plus': {
      const number = wholeNumber(inner(expression.of));
      return expression.kind === 'minus' && number !== 0 ? -number : number;
    }
    case 'if':
      if (isTruthy(inner(expression.condition))) return inner(expression.yes);
      return expression.no === undefined ? '' : inner(expression.no);
  }
}

/** What a mapping has as a method in Python: Jinja finds that first, whatever the keys are. */
const METHODS = new Set('clear copy fromkeys get items keys pop popitem setdefault update values'.split(' '));

function attributeOf(of: Result, name: string, expression: string): Result {
  if (!(of instanceof Missing) && METHODS.has(name)) {
    const key = expression.slice(0, -name.length - 1);
    throw unsupported(`the method ${expression}`, `A key of that name is ${key}['${name}'].`);
  }
  return itemOf(of, name, expression);
}

/** Looks a key or an index up; what is asked of something missing is missing for the same reason. */
function itemOf(of: Result, index: Value, expression: string): Result {
  if (of instanceof Missing) return of;
  if (of instanceof Lookup) {
    if (typeof index === 'string') return of.find(index);
    throw new JinjaFault('value', `${expression}: ${of.name} has names, not numbers`, 'Name one.');
  }
  const value = present(of);
  if (value instanceof Sensitive) plain(value, 'a part');
  const items: unknown = typeof value === 'string' ? [...value] : value;
  if (Array.isArray(items) && typeof index === 'number') {
    const item: Result | undefined = items.at(index);
    return Number.isInteger(index) && item !== undefined ? item : missingItem(value, index, expression);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return missingItem(value, index, expression);
  const key = String(index);
  return Object.hasOwn(value, key)
    ? ((value as { readonly [key: string]: Result })[key] ?? null)
    : missingItem(value, index, expression);
}

function missingItem(of: Result, index: Value, expression: string): Missing {
  const value = present(of);
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
  const hint = isMapping ? didYouMean(String(index), Object.keys(value)) : '';
  const why = isMapping
    ? expression.endsWith(String(index)) || expression.endsWith(`${JSON.stringify(index)}]`)
      ? `there is no "${String(index)}"`
      : 'there is no such key'
    : Array.isArray(value) && typeof index === 'number'
      ? `the list has ${value.length === 1 ? 'one item' : `${value.length} items`}`
      : `it is asked of ${kindOf(value)}`;
  return new Missing(
    new JinjaFault(
      'undefined',
      `${expression} is not defined: ${why}`,
      `${hint}Define it, or give a default: | default(…).`,
    ),
  );
}

function textKey(key: Result): string {
  const value = plain(key, 'a key');
  if (typeof value === 'string') return value;
  throw unsupported('a key that is not text');
}

function test(name: string, value: Result): boolean {
  switch (name) {
    case 'defined':
      return !(value instanceof Missing);
    case 'undefined':
      return value instanceof Missing;
    case 'none':
      return value === null;
    default:
      throw unsupported(`the test "${name}"`);
  }
}

function compareAll(
  first: Result,
  rest: readonly { readonly sign: string; readonly right: Expression }[],
  inner: (expression: Expression) => Result,
): boolean {
  let left = first;
  for (const { sign, right } of rest) {
    const next = inner(right);
    if (!holds(sign, left, next)) return false;
    left = next;
  }
  return true;
}

function holds(sign: string, left: Result, right: Result): boolean {
  if (sign === 'in') return isIn(left, right);
  if (sign === 'not in') return !isIn(left, right);
  const [a, b] = [plain(left, `"${sign}"`), plain(right, `"${sign}"`)];
  if (sign === '==') return isEqual(a, b);
  if (sign === '!=') return !isEqual(a, b);
  const order = compare(a, b);
  if (order === undefined) throw cannot(sign, a, b);
  if (sign === '<') return order < 0;
  if (sign === '<=') return order <= 0;
  return sign === '>' ? order > 0 : order >= 0;
}

function isIn(item: Result, container: Result): boolean {
  // Python compares with nothing, and so doesn't notice.
  if (item instanceof Missing && Array.isArray(container) && container.length === 0) return false;
  const value = plain(item, '"in"');
  if (container instanceof Lookup) return typeof value === 'string' && container.has(value);
  const within = plain(container, '"in"');
  if (Array.isArray(within)) return within.some((one: Value) => isEqual(one, value));
  if (typeof within === 'string' && typeof value === 'string') return within.includes(value);
  if (typeof within === 'object' && within !== null)
    return typeof value === 'string' && Object.hasOwn(within, value);
  throw cannot('in', value, within);
}

function operate(sign: string, left: Result, right: Result): Result {
  const [a, b] = [present(left), present(right)];
  const isText = (value: Result) => typeof value === 'string' || value instanceof Sensitive;
  if (sign === '+' && isText(a) && isText(b)) return new TextOf().add(a).add(b).value;
  if (sign === '+' && Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  if (a instanceof Sensitive || b instanceof Sensitive) plain([a, b], `"${sign}"`);
  // Python repeats texts with "*" and fills them in with "%": more than inventories want.
  if (sign === '%' || sign === '/' || (sign === '*' && ![a, b].every(isNumber)))
    throw unsupported(`"${sign}"`);
  if (![a, b].every(isNumber)) throw cannot(sign, a, b);
  const [x, y] = [wholeNumber(a), wholeNumber(b)];
  const result = { '+': x + y, '-': x - y, '*': x * y, '//': Math.floor(x / y) }[sign];
  if (result === undefined) throw unsupported(`"${sign}"`);
  if (Number.isSafeInteger(result)) return result === 0 ? 0 : result;
  throw new JinjaFault('value', `"${sign}" has no exact result here`, 'Write the number out.');
}

function isNumber(value: Result): boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

/** Python tells 1 from 1.0 and shows them differently; a `Value` can't, so only whole numbers are reckoned with. */
function wholeNumber(result: Result): number {
  const value = plain(result, 'a number');
  if (typeof value === 'boolean' || Number.isSafeInteger(value)) return Number(value);
  if (typeof value === 'number') throw unsupported('reckoning with numbers that are not whole');
  throw new JinjaFault('value', `${kindOf(value)} is no number`, 'Use | int where it is the text of one.');
}

function cannot(sign: string, a: Result, b: Result): JinjaFault {
  const remedy = 'Both sides must be of a kind: use ~ to join texts, | int for the number that a text holds.';
  return new JinjaFault(
    'value',
    `"${sign}" can't work on ${kindOf(present(a))} and ${kindOf(present(b))}`,
    remedy,
  );
}

/** An expression as messages show it: short, and without literals, which may be secret. */
function written(expression: Expression): string {
  switch (expression.kind) {
    case 'name':
      return expression.name;
    case 'attribute':
      return `${written(expression.of)}.${expression.name}`;
    case 'item':
      return `${written(expression.of)}[${expression.index.kind === 'literal' ? JSON.stringify(expression.index.value) : written(expression.index)}]`;
    default:
      return '(…)';
  }
}
