import type { DraftGroup, InventoryDraft } from './draft.ts';
import { directGroups } from './group-tree.ts';
import { mergeVars } from './merge-vars.ts';
import type { Group, Host, Inventory, Origin, Vars } from './model.ts';
import { GroupPrecedence } from './precedence.ts';
import { EXTRA_VARS } from './template-places.ts';
import type { VarsLayers } from './vars-layers.ts';

/** An inventory with what only its display needs: each group's own variables, from its source and its `group_vars`. */
export type ResolvedInventory = Inventory & { readonly groupVars: ReadonlyMap<string, Vars> };

/**
 * Settles what the sources left open: groups without a parent go below `all`, hosts without a group into `ungrouped`. To be called
 * once, after the last source.
 */
export function settleGroups(draft: InventoryDraft): void {
  for (const { name, parents } of draft.groups.values()) {
    if (name !== 'all' && parents.size === 0) draft.addChild('all', name, { file: '' });
  }
  const grouped = new Set<string>();
  for (const { name, hosts } of draft.groups.values()) {
    if (name !== 'all' && name !== 'ungrouped') for (const host of hosts) grouped.add(host);
  }
  const ungrouped = draft.addGroup('ungrouped').hosts;
  for (const host of draft.hosts.keys()) {
    if (grouped.has(host)) ungrouped.delete(host);
    else ungrouped.add(host);
  }
  warnOfNames(draft);
}

/**
 * Makes the inventory of a settled draft: every host with its variables, by Ansible's precedence.
 *
 * @param playbookFolder absolute, for `playbook_dir`
 */
export function resolveInventory(
  draft: InventoryDraft,
  layers: VarsLayers,
  playbookFolder?: string,
): ResolvedInventory {
  const precedence = new GroupPrecedence(draft, layers);
  const direct = directGroups(draft.groups);
  const hosts = new Map<string, Host>();
  for (const [name, { vars }] of draft.hosts) {
    const { groups, vars: groupVars } = precedence.of(direct.get(name) ?? []);
    const own = [groupVars, Object.fromEntries(vars), ...hostFiles(name, layers), layers.extraVars];
    hosts.set(name, { name, groups, vars: mergeVars(own) });
  }
  const groups = new Map([...draft.groups].map(([name, group]) => [name, finishGroup(group)]));
  const groupVars = new Map([...draft.groups].map(([name, group]) => [name, ownVars(group, layers)]));
  for (const [name, value] of Object.entries(layers.extraVars))
    draft.templates.note(EXTRA_VARS, name, value, { file: '-e' });
  return { hosts, groups, groupVars, origin: originOf(draft, playbookFolder) };
}

/** Keeps of the draft no more than what it answers with. */
function originOf(draft: InventoryDraft, playbookFolder: string | undefined): Origin {
  const { templates } = draft;
  // A fleet is named in few files: each path is made once.
  const paths = new Map<string, string | undefined>();
  const files = new Map<string, string | undefined>();
  for (const host of draft.hosts.values()) {
    if (!paths.has(host.file)) paths.set(host.file, draft.fileOf(host));
    files.set(host.name, paths.get(host.file));
  }
  return {
    fileOf: (host) => files.get(host),
    ...(playbookFolder === undefined ? {} : { playbookFolder }),
    placeOf(host, name, value) {
      const place = templates.find(host, name, value);
      if (place === undefined) return undefined;
      return place.line === undefined ? place.file : `${place.file}:${place.line}`;
    },
  };
}

function finishGroup({ name, children, hosts }: DraftGroup): Group {
  return { name, children: [...children], hosts: [...hosts] };
}

function hostFiles(
  name: string,
  { besideInventory, besidePlaybook }: VarsLayers,
): readonly (Vars | undefined)[] {
  return [...besideInventory, ...besidePlaybook].map(({ hosts }) => hosts.get(name));
}

function ownVars(
  { name, vars, priority }: DraftGroup,
  { besideInventory, besidePlaybook }: VarsLayers,
): Vars {
  const files = [...besideInventory, ...besidePlaybook].map(({ groups }) => groups.get(name));
  return mergeVars([
    Object.fromEntries(vars),
    ...files,
    priority === 1 ? undefined : { ansible_group_priority: priority },
  ]);
}

function warnOfNames({ groups, hosts, findings }: InventoryDraft): void {
  const odd = [...groups.keys()].filter((name) => !/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name));
  if (odd.length > 0) {
    const remedy = 'Ansible warns of them too; letters, digits and "_" are safe everywhere.';
    findings.warnings.push({
      code: 'group-name',
      message: `group names with unusual characters: ${odd.join(', ')}`,
      remedy,
    });
  }
  for (const name of groups.keys()) {
    if (!hosts.has(name)) continue;
    const remedy =
      "Rename one: a pattern of this name means the host, and variables written on the host's line go to the group.";
    findings.warnings.push({
      code: 'host-and-group',
      message: `"${name}" is both a host and a group`,
      remedy,
    });
  }
}
