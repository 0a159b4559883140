import { groupMembers } from '../inventory/group-members.ts';
import { mergeVars } from '../inventory/merge-vars.ts';
import type { Host, Inventory, Vars } from '../inventory/model.ts';
import { resolvedVars } from '../inventory/resolved-vars.ts';
import type { Fragment, Play } from './model.ts';
import { define, type Hide, hideSecrets } from './secrets.ts';
import type { Seen } from './seen.ts';

/**
 * The variables that a template sees, lowest precedence first: the host's from the inventory, the play's, the fragment's, `-e`;
 * then the names that describe where it is rendered, which nothing overrides. Jinja of the inventory and of `-e` is resolved in all of them.
 */
export function variablesOf(
  play: Play,
  fragment: Pick<Fragment, 'vars'> | undefined,
  inventory: Inventory,
  host: Host,
  extraVars: Vars,
  hide?: Hide,
): { readonly [name: string]: Seen } {
  const ofPlay = mergeVars([play.vars, fragment?.vars]);
  const vars = hideSecrets(resolvedVars(inventory, host, { play: ofPlay, extraVars }), hide);
  define(vars, 'inventory_hostname', { value: host.name, writable: true });
  define(vars, 'group_names', { value: host.groups, writable: true });
  define(vars, 'groups', { value: groupMembers(inventory), writable: true });
  return vars;
}
