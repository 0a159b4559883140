import { SecretText } from '../../sensitive.ts';
import type { Resolved, Value } from '../model.ts';
import { pythonText } from '../python-text.ts';
import { JinjaFault, unsupported } from './fault.ts';
import { isTruthy, kindOf, Missing, plain, present, type Result, TextOf } from './result.ts';

/** The arguments of a filter, by their place or by their name. */
export type Arguments = { readonly args: readonly Result[]; readonly named: ReadonlyMap<string, Result> };

type Filter = {
  /** The names of its arguments, in order. */
  readonly names: readonly string[];
  readonly run: (value: Result, argument: (name: string) => Result | undefined) => Result;
};

/**
 * Applies a filter: those that inventories plainly use, each as Ansible 2.14 has it.
 * @throws JinjaFault for any other, and for arguments that it doesn't take
 */
export function applyFilter(name: string, value: Result, { args, named }: Arguments): Result {
  const filter = FILTERS.get(name.replace(/^ansible\.builtin\./, ''));
  if (filter === undefined) throw unsupported(`the filter "${name}"`);
  const stray = [...named.keys()].find((key) => !filter.names.includes(key));
  if (stray !== undefined || args.length > filter.names.length)
    throw unsupported(`the argument ${stray ?? args.length} of the filter "${name}"`);
  return filter.run(value, (argument) =>
    named.has(argument) ? named.get(argument) : args[filter.names.indexOf(argument)],
  );
}

const defaultFilter: Filter = {
  names: ['default_value', 'boolean'],
  run(value, argument) {
    const isEmptyToo = isTruthy(argument('boolean') ?? false);
    const isAbsent = value instanceof Missing || (isEmptyToo && !isTruthy(value));
    const fallback = argument('default_value');
    return isAbsent ? (fallback === undefined ? '' : fallback) : value;
  },
};

const lengthFilter: Filter = {
  names: [],
  run(result) {
    const value = plain(result, 'the length');
    if (typeof value === 'string') return [...value].length;
    if (typeof value !== 'object' || value === null) throw wrongKind('length', value);
    return Object.keys(value).length;
  },
};

const FILTERS: ReadonlyMap<string, Filter> = new Map([
  ['default', defaultFilter],
  ['d', defaultFilter],
  ['length', lengthFilter],
  ['count', lengthFilter],
  ['lower', textFilter((text) => text.toLowerCase())],
  ['upper', textFilter((text) => text.toUpperCase())],
  ['string', textFilter((text) => text)],
  ['trim', { names: [], run: textFilter((text) => text.trim()).run }],
  [
    'replace',
    {
      names: ['old', 'new'],
      run(value, argument) {
        const [from, to] = [textArgument(argument('old')), textArgument(argument('new'))];
        return textFilter((text) => text.replaceAll(from, () => to)).run(value, argument);
      },
    },
  ],
  [
    'split',
    {
      names: ['sep'],
      run(result, argument) {
        const text = plain(result, 'splitting');
        const separator = argument('sep');
        if (typeof text !== 'string') throw wrongKind('split', text);
        if (separator === undefined) return text.split(/\s+/u).filter((word) => word !== '');
        const by = textArgument(separator);
        if (by === '') throw new JinjaFault('value', 'split has an empty separator', 'Give it one.');
        return text.split(by);
      },
    },
  ],
  [
    'join',
    {
      names: ['d'],
      run(result, argument) {
        const separator = argument('d');
        const joined = new TextOf();
        for (const [index, item] of itemsOf(result, 'join').entries()) {
          if (index > 0 && separator !== undefined) joined.add(separator);
          joined.add(item);
        }
        return joined.value;
      },
    },
  ],
  ['first', { names: [], run: (result) => endOf(itemsOf(result, 'first').at(0), 'first') }],
  ['last', { names: [], run: (result) => endOf(itemsOf(result, 'last').at(-1), 'last') }],
  ['int', { names: ['default'], run: (result, argument) => integerOf(result, argument('default') ?? 0) }],
  ['bool', { names: [], run: (result) => booleanOf(plain(result, 'the truth')) }],
]);

/** A filter that turns text into text; what is secret stays so. */
function textFilter(change: (text: string) => string): Filter {
  return {
    names: [],
    run(result) {
      const { value } = new TextOf().add(result);
      return typeof value === 'string' ? change(value) : new SecretText([value], change);
    },
  };
}

function textArgument(result: Result | undefined): string {
  const value = plain(result ?? null, 'an argument');
  if (typeof value === 'string') return value;
  throw new JinjaFault('value', `an argument is ${kindOf(value)}, not text`, 'Quote it.');
}

/** The items that Python would go through: of a list, the characters of a text, the keys of a mapping. */
function itemsOf(result: Result, filter: string): readonly Resolved[] {
  // The items of a list may be secret; the filters that use this look at none of them.
  const value = present(result);
  if (Array.isArray(value)) return value;
  const looked = plain(value, `"${filter}"`);
  if (typeof looked === 'string') return [...looked];
  if (typeof looked !== 'object' || looked === null) throw wrongKind(filter, looked);
  return Object.keys(looked);
}

function endOf(item: Resolved | undefined, filter: string): Result {
  if (item !== undefined) return item;
  return new Missing(
    new JinjaFault('undefined', `"${filter}" finds nothing in an empty list`, 'Give it an item.'),
  );
}

/** Jinja's `int`: digits with blanks around them, else a float cut off, else the default. */
function integerOf(result: Result, fallback: Result): Result {
  const value = plain(result, 'a number');
  const text = typeof value === 'string' ? value.trim() : pythonText(value);
  if (typeof value === 'boolean') return Number(value);
  const number = /^[-+]?(\d[\d_]*(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(text)
    ? Math.trunc(Number(text.replaceAll('_', '')))
    : Number.NaN;
  if (Number.isNaN(number)) return fallback;
  if (!Number.isSafeInteger(number)) throw unsupported('a number that is too large to be exact');
  return number;
}

/** Ansible's `bool`: anything but the few words for true is false. */
function booleanOf(value: Value): Value {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return value === 1;
  return typeof value === 'string' && ['yes', 'on', '1', 'true'].includes(value.toLowerCase());
}

function wrongKind(filter: string, value: Value): JinjaFault {
  return new JinjaFault('value', `"${filter}" can't work on ${kindOf(value)}`, 'Give it what it works on.');
}
