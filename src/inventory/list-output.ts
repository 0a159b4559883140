import { Sensitive } from '../sensitive.ts';
import { descendants } from './group-tree.ts';
import type { Host, Inventory, Value, Vars } from './model.ts';

/**
 * The inventory as `ansible-inventory --list` prints it: JSON, keys sorted, four spaces deep; groups that hold nothing are left out.
 * @param hosts the hosts to show, in the inventory's order: all of them, or those that a limit leaves
 */
export function formatList(inventory: Inventory, hosts: readonly Host[]): string {
  const shown = new Set(hosts.map(({ name }) => name));
  const listed: Record<string, Value> = {};
  for (const name of descendants(inventory.groups, 'all')) {
    const group = inventory.groups.get(name);
    const members = name === 'all' ? [] : (group?.hosts ?? []).filter((host) => shown.has(host));
    const children = group?.children ?? [];
    if (members.length + children.length === 0) continue;
    listed[name] = {
      ...(members.length > 0 && { hosts: members }),
      ...(children.length > 0 && { children }),
    };
  }
  const hostvars = hosts
    .map((host) => [host.name, visibleVars(host.vars)] as const)
    .filter(([, vars]) => Object.keys(vars).length > 0);
  return formatJson({ ...listed, _meta: { hostvars: Object.fromEntries(hostvars) } });
}

/** One host's variables as `ansible-inventory --host` prints them. */
export function formatHost(host: Host): string {
  return formatJson(visibleVars(host.vars));
}

/** Variables without the names that Ansible reserves for itself and never shows. */
export function visibleVars(vars: Vars): Vars {
  return Object.fromEntries(Object.entries(vars).filter(([name]) => !RESERVED.has(name)));
}

const RESERVED = new Set([
  ...[
    'ansible_check_mode',
    'ansible_config_file',
    'ansible_diff_mode',
    'ansible_facts',
    'ansible_forks',
    'ansible_inventory_sources',
  ],
  ...[
    'ansible_limit',
    'ansible_playbook_python',
    'ansible_run_tags',
    'ansible_skip_tags',
    'ansible_verbosity',
    'ansible_version',
  ],
  ...[
    'group_names',
    'groups',
    'inventory_dir',
    'inventory_file',
    'inventory_hostname',
    'inventory_hostname_short',
    'omit',
    'playbook_dir',
  ],
]);

function formatJson(value: Value): string {
  return `${JSON.stringify(sortKeys(value), null, 4)}\n`;
}

function sortKeys(value: Value): Value {
  if (value === null || typeof value !== 'object' || value instanceof Sensitive) return value;
  if (Array.isArray(value)) return value.map(sortKeys);
  const entries = Object.entries(value).map(([key, inner]): [string, Value] => [key, sortKeys(inner)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
