import type { InventoryDraft } from './draft.ts';
import { depths } from './group-tree.ts';
import { mergeVars } from './merge-vars.ts';
import type { Vars } from './model.ts';
import type { VarsLayers } from './vars-layers.ts';

/** What a set of groups gives to a host: all groups it is in, and their variables in order of precedence. */
export type GroupShare = { readonly groups: readonly string[]; readonly vars: Vars };

/**
 * Merges the variables of a host's groups by Ansible's precedence, low to high: `all` inline, groups inline, `group_vars/all`
 * beside the inventory, then beside the playbook, `group_vars/G` beside the inventory, then beside the playbook.
 * Among groups the deeper wins, then the higher `ansible_group_priority`, then the alphabetically last. No deep merge.
 * Hosts with the same groups share one result: 10 000 hosts rarely have more than a few combinations.
 */
export class GroupPrecedence {
  readonly #draft: InventoryDraft;
  readonly #layers: VarsLayers;
  readonly #depths: ReadonlyMap<string, number>;
  readonly #shares = new Map<string, GroupShare>();

  constructor(draft: InventoryDraft, layers: VarsLayers) {
    this.#draft = draft;
    this.#layers = layers;
    this.#depths = depths(draft.groups);
  }

  /** @param direct the groups that list the host themselves */
  of(direct: readonly string[]): GroupShare {
    const key = JSON.stringify(direct);
    const known = this.#shares.get(key);
    if (known !== undefined) return known;
    const names = [...this.#withAncestors(direct)].filter((name) => name !== 'all');
    const share = { groups: [...names].sort(byText), vars: this.#merge(this.#sortByPrecedence(names)) };
    this.#shares.set(key, share);
    return share;
  }

  #merge(names: readonly string[]): Vars {
    const { besideInventory, besidePlaybook } = this.#layers;
    const inline = ['all', ...names].map((name) => this.#inline(name));
    const files = [['all'], names].flatMap((level) =>
      [...besideInventory, ...besidePlaybook].flatMap(({ groups }) => level.map((name) => groups.get(name))),
    );
    return mergeVars([...inline, ...files]);
  }

  #inline(group: string): Vars {
    return Object.fromEntries(this.#draft.groups.get(group)?.vars ?? []);
  }

  #withAncestors(direct: readonly string[]): ReadonlySet<string> {
    const names = new Set(direct);
    // A set visits what is added while it is walked.
    for (const name of names)
      for (const parent of this.#draft.groups.get(name)?.parents ?? []) names.add(parent);
    return names;
  }

  #sortByPrecedence(names: readonly string[]): readonly string[] {
    const rank = (name: string) => ({
      depth: this.#depths.get(name) ?? 0,
      priority: this.#draft.groups.get(name)?.priority ?? 1,
    });
    return [...names].sort((a, b) => {
      const [first, second] = [rank(a), rank(b)];
      return first.depth - second.depth || first.priority - second.priority || byText(a, b);
    });
  }
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
