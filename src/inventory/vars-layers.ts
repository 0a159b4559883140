import type { Vars } from './model.ts';

/** What `group_vars/` and `host_vars/` of one folder hold, by the name of the group or host. */
export type VarsFolder = {
  readonly groups: ReadonlyMap<string, Vars>;
  readonly hosts: ReadonlyMap<string, Vars>;
};

/** Variables from outside the inventory, each list from low to high precedence. */
export type VarsLayers = {
  readonly besideInventory: readonly VarsFolder[];
  readonly besidePlaybook: readonly VarsFolder[];
  /** From `-e`: these win over everything. */
  readonly extraVars: Vars;
};
