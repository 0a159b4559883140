import { tenantOf } from '../ruleset/tenants.ts';
import { splitTokens } from '../ruleset/tokens.ts';
import type { AdoptedSet, Table } from './model.ts';

/**
 * The live sets that rules use, and those that such a list holds. Where rules add members, or members run out, only the set itself is
 * written: whoever fills it goes on.
 *
 * @param save canonical `ipset save` text
 * @param tables those that are adopted
 * @param all every table there is: rules of others may fill a set, too
 * @returns also the sets that aren't adopted, by reason
 */
export function readSets(
  save: string,
  tables: readonly Table[],
  all: readonly Table[],
): {
  readonly sets: readonly AdoptedSet[];
  readonly unused: readonly string[];
  readonly foreign: readonly { readonly tool: string; readonly name: string }[];
} {
  const live = setLines(save);
  const used = namesAfter(USES, tables);
  const filled = namesAfter(FILLS, all);
  for (const name of used) for (const member of listed(live.get(name) ?? [])) used.add(member);
  const known = [...live.keys()].map((name) => ({ name, tool: toolOf(name) }));
  return {
    sets: known
      .filter(({ name, tool }) => used.has(name) && tool === undefined)
      .map(({ name }) => adopted(name, live.get(name) ?? [], filled)),
    unused: known.filter(({ name, tool }) => !used.has(name) && tool === undefined).map(({ name }) => name),
    foreign: known.flatMap(({ name, tool }) =>
      used.has(name) && tool !== undefined ? [{ tool, name }] : [],
    ),
  };
}

function adopted(
  name: string,
  [create = '', ...members]: readonly string[],
  filled: ReadonlySet<string>,
): AdoptedSet {
  const keepsMembers = filled.has(name) || / timeout \d/.test(create);
  return { name, create, members: keepsMembers ? [] : members, keepsMembers };
}

/** Tools name their sets as they name their chains; Calico after the family. */
function toolOf(name: string): string | undefined {
  return /^cali(40|60)/.test(name) ? 'Calico' : tenantOf(name)?.tool;
}

function setLines(save: string): ReadonlyMap<string, readonly string[]> {
  const sets = new Map<string, string[]>();
  for (const line of save.split('\n')) {
    const [verb, name = ''] = line.split(' ', 2);
    if (verb === 'create') sets.set(name, [line]);
    else if (verb === 'add') sets.get(name)?.push(line);
  }
  return sets;
}

function listed([create = '', ...members]: readonly string[]): readonly string[] {
  return / list:set( |$)/.test(create) ? members.flatMap((line) => line.split(' ')[2] ?? []) : [];
}

const FILLS = ['--add-set', '--del-set'];
const USES = ['--match-set', '--map-set', ...FILLS];

/** The sets that stand after one of these options; an extension that isn't `set` or `SET` has none of them. */
function namesAfter(options: readonly string[], tables: readonly Table[]): Set<string> {
  const names = new Set<string>();
  for (const rule of tables.flatMap(({ chains }) => chains.flatMap(({ rules }) => rules))) {
    if (!rule.includes('-set ')) continue;
    const { tokens } = splitTokens(rule);
    tokens.forEach(({ text, isQuoted }, at) => {
      const name = tokens[at + 1]?.text;
      if (!isQuoted && name !== undefined && options.includes(text)) names.add(name);
    });
  }
  return names;
}
