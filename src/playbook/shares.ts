import { FaultError } from './fault.ts';
import { isMapping, type Seen, shown } from './seen.ts';

/** Rules of one item each beyond this are a table that nobody reads, and that every new connection walks through. */
const MOST_TURNS = 1000;
const MOST_WEIGHT = 1_000_000;

/**
 * Items that take turns, for rules of `statistic --mode nth` one after the other: each takes every n-th of what the rules before it left
 * over, the last one all the rest (`every` is null there).
 */
export function turnsOf(items: readonly Seen[]): Seen {
  return items.map((item, index) => {
    const left = items.length - index;
    return { item, every: left === 1 ? null : left };
  });
}

/**
 * Items that share by chance, for rules of `statistic --mode random` one after the other: `probability` is the item's weight in those that
 * are left, null for the last one. Items of weight 0 get no rule.
 *
 * @param key of the weights; without it all weigh the same
 * @throws FaultError where an item has no weight, or nobody is left
 */
export function sharesOf(items: readonly Seen[], key: string | undefined, name: string): Seen {
  const weighed = weigh(items, key, name);
  let left = weighed.reduce((sum, { weight }) => sum + weight, 0);
  return weighed.map(({ item, weight }, index) => {
    const probability = index === weighed.length - 1 ? null : (weight / left).toFixed(10);
    left -= weight;
    return { item, probability };
  });
}

/**
 * Each item as often as it weighs, spread as evenly as possible: 3, 1 and 1 give a b a c a. Weights are divided by what they have in common.
 *
 * @throws FaultError where an item has no weight, nobody is left, or the list would be longer than 1000
 */
export function interleave(items: readonly Seen[], key: string, name: string): readonly Seen[] {
  const weighed = weigh(items, key, name);
  const common = weighed.map(({ weight }) => weight).reduce(commonDivisor, 0);
  const wanted = weighed.map(({ item, weight }) => ({ item, weight: weight / common, due: 0 }));
  const turns = wanted.reduce((sum, { weight }) => sum + weight, 0);
  if (turns > MOST_TURNS) {
    throw new FaultError(
      'arguments',
      `the weights of ${name} need ${turns} rules to be exact`,
      `At most ${MOST_TURNS}: round them, or let chance share by (shares …).`,
    );
  }
  // At each step everyone gains its weight, and who has gained most is next: nginx's smooth weighted round robin.
  return Array.from({ length: turns }, () => {
    for (const one of wanted) one.due += one.weight;
    const next = wanted.reduce((most, one) => (one.due > most.due ? one : most));
    next.due -= turns;
    return next.item;
  });
}

/** The items that weigh anything. The key is the item's own, or one of a host's variables. */
function weigh(items: readonly Seen[], key: string | undefined, name: string) {
  const weighed = items
    .map((item) => ({ item, weight: key === undefined ? 1 : weightOf(item, key, name) }))
    .filter(({ weight }) => weight > 0);
  if (weighed.length > 0) return weighed;
  const message = items.length === 0 ? `${name} is empty` : `every ${key} of ${name} is 0`;
  throw new FaultError('arguments', `${message}: nobody is left to share`, 'Leave at least one.');
}

function weightOf(item: Seen, key: string, name: string): number {
  const owner = isMapping(item) && !Object.hasOwn(item, key) && isMapping(item.vars) ? item.vars : item;
  const who = isMapping(item) && typeof item.name === 'string' ? item.name : `an item of ${name}`;
  if (!isMapping(owner) || !Object.hasOwn(owner, key))
    throw new FaultError('undefined-variable', `${who} has no "${key}"`, 'Give it one; 0 takes it out.');
  const value = owner[key] ?? null;
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= MOST_WEIGHT)
    return number;
  throw new FaultError(
    'arguments',
    `${key} of ${who} is ${shown(value)}`,
    `Give it a whole number from 0 to ${MOST_WEIGHT}.`,
  );
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
