import type { Sensitive } from '../sensitive.ts';
import type { Unusable } from '../unusable.ts';

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

/** A host with all its variables, group_vars and host_vars included. */
export type Host = {
  readonly name: string;
  /** Every group the host is in, directly or through children, without `all`; sorted by name. */
  readonly groups: readonly string[];
  /** As they are written: templates in them are not resolved. */
  readonly vars: Vars;
};

/** What a variable comes to, once the templates in it are resolved. */
export type Resolved =
  | Value
  | Sensitive
  | Unusable
  | readonly Resolved[]
  | { readonly [key: string]: Resolved };

export type ResolvedVars = { readonly [name: string]: Resolved };

/** A host as connections and templates see it: each variable is resolved when it is read. */
export type ResolvedHost = Omit<Host, 'vars'> & { readonly vars: ResolvedVars };

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
  readonly origin?: Origin;
};

/** Where an inventory was read from, as far as its templates and messages speak of it. */
export type Origin = {
  /** The absolute path of the file that named a host first; undefined for a host of an inline list. */
  readonly fileOf: (host: string) => string | undefined;
  /** The folder of the playbook, absolute. */
  readonly playbookFolder?: string;
  /** Where the value of a host's variable was written, if it is a template: `hosts.ini:3`. */
  readonly placeOf: (host: Host, name: string, value: Value) => string | undefined;
};
