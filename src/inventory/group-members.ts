import type { Inventory } from './model.ts';

export type GroupMembers = { readonly [group: string]: readonly string[] };

const listed = new WeakMap<Inventory, GroupMembers>();

/** Ansible's `groups`: the names of each group's hosts, those of its children included. Made once an inventory. */
export function groupMembers(inventory: Inventory): GroupMembers {
  const known = listed.get(inventory);
  if (known !== undefined) return known;
  const names = new Map<string, string[]>([...inventory.groups.keys()].map((group) => [group, []]));
  for (const host of inventory.hosts.values()) {
    for (const group of ['all', ...(host.groups.length === 0 ? ['ungrouped'] : host.groups)])
      names.get(group)?.push(host.name);
  }
  const groups = Object.fromEntries(names);
  listed.set(inventory, groups);
  return groups;
}
