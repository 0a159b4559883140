import type { AdoptedSet, Chain, Group, GroupFiles, Table, TemplateFile } from './model.ts';
import { isTrivial } from './tables.ts';
import { formatRules, formatSets, type Piece } from './templates.ts';

/** What the templates of a whole adoption are: shared ones in `common/`, and one of each group for what it alone has. */
export type Shared = { readonly templates: readonly TemplateFile[]; readonly groups: readonly GroupFiles[] };

/** A part of a table that some groups have, all alike. */
type Part = Piece & { readonly groups: readonly Group[]; readonly isWhole: boolean };

/**
 * Cuts what the groups have into templates, so that nothing stands twice: a table that is the same in several groups is a template of its own;
 * where it differs, the chains that are the same in some of them are. What one group alone has is in the template of its name. No chain is cut in
 * two, so the order of the templates changes no order of rules.
 */
export function shareAmong(groups: readonly Group[]): Shared {
  const isDual = groups.some(({ tables }) => tables.some(({ family }) => family === 'ipv6'));
  const keys = [...new Set(groups.flatMap(({ tables }) => tables.map(keyOf)))];
  const parts = keys.flatMap((key) => partsOf(key, groups));
  const rules = new Files<Part>('rules');
  for (const part of parts) {
    const name = part.groups.length === 1 ? undefined : commonName(part, isDual);
    rules.put(part, name, part.groups);
  }
  const sets = new Files<AdoptedSet>('ipset');
  for (const [set, having] of setsOf(groups)) {
    // A template says for all its sets whether they keep their members.
    const name = having.length > 1 ? `common/${set.name}` : undefined;
    sets.put(set, name, having, set.keepsMembers ? '.kept' : '');
  }
  const templates = [
    ...rules.all().map(({ name, items, groups: having }) => ({
      name,
      text: formatRules(items, having),
    })),
    ...sets.all().map(({ name, items, groups: having }) => ({ name, text: formatSets(items, having) })),
  ];
  return {
    templates,
    groups: groups.map((group) => ({
      group,
      rules: rules.of(group).map(({ name }) => name),
      sets: sets.of(group).map(({ name, items }) => ({
        name,
        keepsMembers: items.some(({ keepsMembers }) => keepsMembers),
      })),
    })),
  };
}

function keyOf({ family, name }: Table): string {
  return `${family} ${name}`;
}

/** The parts of one table, over all groups: whole where all that have it are alike, else its common chains and what is left of each. */
function partsOf(key: string, groups: readonly Group[]): readonly Part[] {
  const variants = new Map<string, { table: Table; groups: Group[] }>();
  for (const group of groups) {
    const table = group.tables.find((one) => keyOf(one) === key);
    if (table === undefined) continue;
    const text = JSON.stringify(table.chains);
    const variant = variants.get(text) ?? { table, groups: [] };
    variant.groups.push(group);
    variants.set(text, variant);
  }
  const all = [...variants.values()];
  const common = all.length === 1 ? [] : commonChains(all);
  const taken = new Set(common.flatMap(({ chains }) => chains.map((chain) => JSON.stringify(chain))));
  const own = all.flatMap(({ table, groups: having }) => {
    const left = table.chains.filter((chain) => !taken.has(JSON.stringify(chain)));
    const isWhole = left.length === table.chains.length;
    // What lets everything pass needs no words; a user's chain has its place among the others of the table.
    const chains = isWhole ? left : left.filter((chain) => !isTrivial(chain));
    const declared = isWhole ? [] : table.chains.filter(({ policy }) => policy === '-');
    if (chains.length === 0 && declared.length === 0) return [];
    return [{ family: table.family, table: table.name, declared, chains, groups: having, isWhole }];
  });
  return [
    ...own,
    ...common.map(({ tables, chains }): Part => {
      const having = all.filter(({ table }) => tables.includes(table)).flatMap((one) => one.groups);
      const [first] = tables;
      const place = { family: first?.family ?? 'ipv4', table: first?.name ?? '' } as const;
      return { ...place, declared: [], chains, groups: having, isWhole: false };
    }),
  ];
}

/** Chains that several variants of a table have alike, together where the same variants have them. */
function commonChains(
  variants: readonly { readonly table: Table }[],
): readonly { readonly tables: readonly Table[]; readonly chains: readonly Chain[] }[] {
  const holders = new Map<string, { chain: Chain; tables: Table[] }>();
  for (const { table } of variants) {
    for (const chain of table.chains) {
      if (isTrivial(chain) || (chain.policy === '-' && chain.rules.length === 0)) continue;
      const key = JSON.stringify(chain);
      const holder = holders.get(key) ?? { chain, tables: [] };
      holder.tables.push(table);
      holders.set(key, holder);
    }
  }
  const sets = new Map<string, { tables: readonly Table[]; chains: Chain[] }>();
  const numbers = new Map(variants.map(({ table }, number) => [table, number]));
  for (const { chain, tables } of holders.values()) {
    if (tables.length < 2) continue;
    const key = tables.map((table) => numbers.get(table)).join(' ');
    const set = sets.get(key) ?? { tables, chains: [] };
    set.chains.push(chain);
    sets.set(key, set);
  }
  return [...sets.values()];
}

/** `common/filter`, `common/filter-chains`; the family is said where there are two. */
function commonName({ family, table, isWhole }: Part, isDual: boolean): string {
  return `common/${isDual ? `${family}-` : ''}${table}${isWhole ? '' : '-chains'}`;
}

/** Each set with the groups that have it alike. */
function setsOf(groups: readonly Group[]): readonly (readonly [AdoptedSet, readonly Group[]])[] {
  const holders = new Map<string, { set: AdoptedSet; groups: Group[] }>();
  for (const group of groups) {
    for (const set of group.sets) {
      const key = JSON.stringify(set);
      const holder = holders.get(key) ?? { set, groups: [] };
      holder.groups.push(group);
      holders.set(key, holder);
    }
  }
  return [...holders.values()].map((holder) => [holder.set, holder.groups]);
}

/** Templates in the making: what has no common name goes into the one of its group. */
class Files<T> {
  readonly #suffix: string;
  readonly #files = new Map<string, { name: string; items: T[]; groups: readonly Group[] }>();

  constructor(suffix: string) {
    this.#suffix = suffix;
  }

  /** A common name is used once; the next of that name gets a number. */
  put(item: T, commonName: string | undefined, groups: readonly Group[], kind = ''): void {
    const base = commonName ?? groups[0]?.id ?? '';
    const nameOf = (number: number) =>
      `${base}${number === 1 ? '' : `-${number}`}${kind}.${this.#suffix}.hbs`;
    let number = 1;
    if (commonName !== undefined) while (this.#files.has(nameOf(number))) number += 1;
    const name = nameOf(number);
    const file = this.#files.get(name) ?? { name, items: [], groups };
    file.items.push(item);
    this.#files.set(name, file);
  }

  all(): readonly {
    readonly name: string;
    readonly items: readonly T[];
    readonly groups: readonly Group[];
  }[] {
    return [...this.#files.values()];
  }

  of(group: Group): readonly { readonly name: string; readonly items: readonly T[] }[] {
    return this.all().filter(({ groups }) => groups.includes(group));
  }
}
