import type { Sensitive } from '../sensitive.ts';

/** A value as YAML or a Python literal can hold it; `Sensitive` where it came out of a vault. */
export type Value =
  | null
  | boolean
  | number
  | string
  | Sensitive
  | readonly Value[]
  | { readonly [key: string]: Value };

export type Vars = { readonly [name: string]: Value };

/** A host with its variables fully resolved, group_vars and host_vars included. */
export type Host = {
  readonly name: string;
  /** Every group the host is in, directly or through children, without `all`; sorted by name. */
  readonly groups: readonly string[];
  readonly vars: Vars;
};

export type Group = {
  readonly name: string;
  /** Names of direct child groups, in order of appearance. */
  readonly children: readonly string[];
  /** Names of hosts listed directly in this group, in order of appearance. */
  readonly hosts: readonly string[];
};

export type Inventory = {
  /** By name, in order of first appearance (the order of Ansible's `all`). */
  readonly hosts: ReadonlyMap<string, Host>;
  /** By name, with `all` and `ungrouped`. */
  readonly groups: ReadonlyMap<string, Group>;
};
