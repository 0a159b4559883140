import type { Host, Inventory, Vars } from '../inventory/model.ts';
import type { Fragment, Play } from './model.ts';
import { withoutSecrets } from './secrets.ts';
import type { Seen } from './seen.ts';

/**
 * The variables that a template sees, lowest precedence first: the host's from the inventory, the play's, the fragment's, `-e`;
 * then the names that describe where it is rendered, which nothing overrides.
 */
export function variablesOf(
  play: Play,
  fragment: Pick<Fragment, 'vars'> | undefined,
  inventory: Inventory,
  host: Host,
  extraVars: Vars,
): { readonly [name: string]: Seen } {
  return {
    ...withoutSecrets(host.vars),
    ...withoutSecrets(play.vars),
    ...withoutSecrets(fragment?.vars ?? {}),
    ...withoutSecrets(extraVars),
    inventory_hostname: host.name,
    group_names: host.groups,
    groups: groupsOf(inventory),
  };
}

const listed = new WeakMap<Inventory, { readonly [group: string]: readonly string[] }>();

/** Ansible's `groups`: the names of each group's hosts, those of its children included. Made once an inventory. */
function groupsOf(inventory: Inventory): { readonly [group: string]: readonly string[] } {
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
