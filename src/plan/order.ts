import type { RolloutPolicy } from '../playbook/model.ts';
import { seededRandom } from './random.ts';

/** What an order is made from. */
export type Ordering = {
  /** A host's value of a variable, as text; undefined where it has none. */
  readonly variableOf: (host: string, variable: string) => string | undefined;
  /** Of `shuffle`: one seed gives one order. A whole number. */
  readonly seed: number;
};

/** Brings the hosts of a play, which come in the inventory's order, into the order in which they are to be changed. */
export function orderHosts(
  hosts: readonly string[],
  order: RolloutPolicy['order'],
  { variableOf, seed }: Ordering,
): readonly string[] {
  switch (order.kind) {
    case 'inventory':
      return hosts;
    case 'reverse_inventory':
      return hosts.toReversed();
    case 'sorted':
      return hosts.toSorted(byText);
    case 'reverse_sorted':
      return hosts.toSorted(byText).toReversed();
    case 'shuffle':
      return shuffled(hosts, seed);
    case 'by':
      return byValue(hosts, (host) => variableOf(host, order.variable));
  }
}

/** Ansible sorts by code point, and so do we: no locale decides which gateway goes first. */
function byText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Numbers by size where all are numbers, else as texts; equal ones stay as they were, and who has no value comes last. */
function byValue(
  hosts: readonly string[],
  variableOf: (host: string) => string | undefined,
): readonly string[] {
  const keyed = hosts.map((host) => ({ host, value: variableOf(host) }));
  const isNumeric = keyed.every(({ value }) => value === undefined || /^-?\d+(\.\d+)?$/.test(value));
  const compare = (left: string, right: string) =>
    isNumeric ? Number(left) - Number(right) : byText(left, right);
  return keyed
    .toSorted((left, right) => {
      if (left.value === undefined || right.value === undefined)
        return Number(left.value === undefined) - Number(right.value === undefined);
      return compare(left.value, right.value);
    })
    .map(({ host }) => host);
}

/** Fisher and Yates. */
function shuffled(hosts: readonly string[], seed: number): readonly string[] {
  const random = seededRandom(seed);
  const order = [...hosts];
  for (let last = order.length - 1; last > 0; last--) {
    const chosen = Math.floor(random() * (last + 1));
    [order[last], order[chosen]] = [order[chosen] ?? '', order[last] ?? ''];
  }
  return order;
}
