import type { Family } from '../ruleset/model.ts';
import { Unusable } from '../unusable.ts';
import { cidr } from './cidr.ts';
import { FaultError, unusableFault } from './fault.ts';
import { endpoint, ofFamily } from './of-family.ts';
import { isList, isMapping, type Seen, shown, textOf } from './seen.ts';
import { interleave, sharesOf, turnsOf } from './shares.ts';

/** What a helper may use besides its arguments. */
export type Call = {
  /** The arguments as the template writes them. */
  readonly names: readonly string[];
  /** The hosts of a pattern, as templates see them; `all`: also those that are left out for now. */
  readonly hosts: (pattern: string, which?: 'all') => readonly Seen[];
  /** The family being rendered; undefined where there is none, as in checks. */
  readonly family: Family | undefined;
};

export type Helper = {
  readonly usage: string;
  readonly min: number;
  readonly max: number;
  /** Evaluates its arguments one after the other until one is there, and is given that one alone. */
  readonly isLazy?: true;
  readonly run: (values: readonly Seen[], call: Call) => Seen;
};

/** The blocks of templates, and how many arguments each takes. */
export const BLOCKS: ReadonlyMap<string, number> = new Map([
  ['if', 1],
  ['unless', 1],
  ['each', 1],
  ['with', 1],
  ['ipv4', 0],
  ['ipv6', 0],
]);

const MANY = Number.POSITIVE_INFINITY;

/** The helpers of templates. */
export const HELPERS: ReadonlyMap<string, Helper> = new Map([
  [
    'hosts',
    helper('hosts "PATTERN"', 1, 1, ([pattern], call) =>
      call.hosts(textOf(pattern ?? null, nameOf(call, 0))),
    ),
  ],
  [
    'all_hosts',
    helper('all_hosts "PATTERN"', 1, 1, ([pattern], call) =>
      call.hosts(textOf(pattern ?? null, nameOf(call, 0)), 'all'),
    ),
  ],
  [
    'default',
    {
      usage: 'default VALUE FALLBACK …',
      min: 2,
      max: MANY,
      isLazy: true,
      run: ([value]) => value ?? null,
    },
  ],
  [
    'mandatory',
    helper('mandatory LIST', 1, 1, ([list], call) => {
      const name = nameOf(call, 0);
      if (lengthOf(list ?? null, name) > 0) return list ?? null;
      const remedy = "The template can't do without: give it at least one item.";
      throw new FaultError('empty-variable', `${name} is empty`, remedy);
    }),
  ],
  [
    'family',
    helper('family LIST "KEY"', 1, 2, ([list, key], call) =>
      ofFamily(list ?? null, keyOf(key, call), call.family, nameOf(call, 0)),
    ),
  ],
  [
    'where',
    helper('where LIST "KEY" VALUE', 3, 3, ([list, key, value], call) =>
      listOf(list, nameOf(call, 0)).filter((item) =>
        isSame(lookUp(item, textOf(key ?? null, nameOf(call, 1)), `an item of ${nameOf(call, 0)}`), value),
      ),
    ),
  ],
  [
    'endpoint',
    helper('endpoint ADDRESS PORT', 2, 2, ([address, port], call) =>
      endpoint(
        textOf(address ?? null, nameOf(call, 0)),
        textOf(port ?? null, nameOf(call, 1)),
        nameOf(call, 0),
      ),
    ),
  ],
  [
    'cidr',
    helper('cidr NETWORK "WORD" …', 1, 4, (values, call) =>
      cidr(values.map((value, index) => ({ value, name: nameOf(call, index) }))),
    ),
  ],
  ['nth', helper('nth LIST', 1, 1, ([list], call) => turnsOf(listOf(list, nameOf(call, 0))))],
  [
    'shares',
    helper('shares LIST "WEIGHT"', 1, 2, ([list, key], call) =>
      sharesOf(listOf(list, nameOf(call, 0)), keyOf(key, call), nameOf(call, 0)),
    ),
  ],
  [
    'interleave',
    helper('interleave LIST "WEIGHT"', 2, 2, ([list, key], call) =>
      interleave(listOf(list, nameOf(call, 0)), textOf(key ?? null, nameOf(call, 1)), nameOf(call, 0)),
    ),
  ],
  ['length', helper('length LIST', 1, 1, ([list], call) => lengthOf(list ?? null, nameOf(call, 0)))],
  [
    'join',
    helper('join LIST ","', 2, 2, ([list, separator], call) =>
      listOf(list, nameOf(call, 0))
        .map((item) => textOf(item, `an item of ${nameOf(call, 0)}`))
        .join(textOf(separator ?? null, nameOf(call, 1))),
    ),
  ],
  [
    'lookup',
    helper('lookup MAPPING KEY', 2, 2, ([from, key], call) =>
      lookUp(from ?? null, textOf(key ?? null, nameOf(call, 1)), nameOf(call, 0)),
    ),
  ],
  [
    'add',
    helper('add NUMBER NUMBER', 2, MANY, (values, call) =>
      numbersOf(values, call).reduce((sum, number) => sum + number),
    ),
  ],
  [
    'subtract',
    helper('subtract NUMBER NUMBER', 2, 2, (values, call) =>
      numbersOf(values, call).reduce((rest, number) => rest - number),
    ),
  ],
  ['eq', helper('eq A B', 2, 2, ([a, b]) => isSame(a, b))],
  ['ne', helper('ne A B', 2, 2, ([a, b]) => !isSame(a, b))],
  [
    'in',
    helper('in VALUE LIST', 2, 2, ([value, list], call) =>
      listOf(list, nameOf(call, 1)).some((item) => isSame(item, value)),
    ),
  ],
  [
    'and',
    helper('and A B …', 2, MANY, (values, call) =>
      values.every((value, index) => isTrue(value, nameOf(call, index))),
    ),
  ],
  [
    'or',
    helper('or A B …', 2, MANY, (values, call) =>
      values.some((value, index) => isTrue(value, nameOf(call, index))),
    ),
  ],
  ['not', helper('not A', 1, 1, ([value], call) => !isTrue(value ?? null, nameOf(call, 0)))],
]);

/**
 * Handlebars' own truth: false, null, 0, the empty string and the empty list are not true. A text that reads like "no" is refused,
 * because an INI inventory's `enabled=false` is the text "false", and taking it for true would open what should be shut.
 */
export function isTrue(value: Seen, name: string): boolean {
  if (value instanceof Unusable) throw unusableFault(value);
  if (typeof value === 'string' && /^(false|no|off|n)$/i.test(value)) {
    throw new FaultError(
      'ambiguous-truth',
      `${name} is the text "${value}", which would count as true`,
      `Write False in an INI inventory, or compare: (eq ${name} "yes").`,
    );
  }
  return isList(value) ? value.length > 0 : Boolean(value);
}

function helper(usage: string, min: number, max: number, run: Helper['run']): Helper {
  return { usage, min, max, run };
}

function nameOf(call: Call, index: number): string {
  return call.names[index] ?? 'an argument';
}

/** An argument that may be left out. */
function keyOf(key: Seen | undefined, call: Call): string | undefined {
  return key === undefined ? undefined : textOf(key, nameOf(call, 1));
}

/** What `default` passes over. */
export function isAbsent(value: Seen | undefined): boolean {
  return value === undefined || value === null || (value instanceof Unusable && value.isAbsent);
}

/** Numbers and texts are the same when they look the same: `-e port=443` is a text, `port: 443` a number. */
function isSame(a: Seen | undefined, b: Seen | undefined): boolean {
  return comparable(a) === comparable(b);
}

function comparable(value: Seen | undefined): Seen | undefined {
  if (value instanceof Unusable) throw unusableFault(value);
  return typeof value === 'number' ? String(value) : value;
}

function listOf(value: Seen | undefined, name: string): readonly Seen[] {
  if (isList(value)) return value;
  throw new FaultError('arguments', `${name} is not a list but ${shown(value ?? null)}`, 'Give a list.');
}

function lengthOf(value: Seen, name: string): number {
  return isMapping(value) ? Object.keys(value).length : listOf(value, name).length;
}

function lookUp(from: Seen, key: string, name: string): Seen {
  if ((isMapping(from) || isList(from)) && Object.hasOwn(from, key))
    return (from as { readonly [key: string]: Seen })[key] ?? null;
  throw new FaultError(
    'undefined-variable',
    `${name} has no "${key}"`,
    'Add it, or give a fallback with (default …).',
  );
}

function numbersOf(values: readonly Seen[], call: Call): number[] {
  return values.map((value, index) => {
    const number = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
    if (typeof number === 'number') return number;
    throw new FaultError(
      'arguments',
      `${nameOf(call, index)} is not a number but ${shown(value)}`,
      'Give numbers.',
    );
  });
}
