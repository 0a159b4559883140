import { groupMembers } from '../inventory/group-members.ts';
import type { Inventory } from '../inventory/model.ts';
import type { Problem } from '../problem.ts';
import type { Family } from '../ruleset/model.ts';
import { withoutForeign } from './foreign.ts';
import { groupHosts } from './group.ts';
import type { Adopted, Group, LiveHost, Table, TemplateFile } from './model.ts';
import { formatPlaybook } from './playbook-text.ts';
import { proveFiles } from './prove.ts';
import { readSets } from './sets.ts';
import { shareAmong } from './share.ts';
import { isPristine, readTables } from './tables.ts';

/** What became of one gateway. */
export type HostAdoption =
  | {
      readonly kind: 'adopted';
      readonly host: string;
      readonly play: string;
      readonly adopted: Adopted;
      /** What is left to others, or out, in words. */
      readonly notes: readonly string[];
    }
  | { readonly kind: 'empty'; readonly host: string; readonly notes: readonly string[] }
  | { readonly kind: 'refused'; readonly host: string; readonly problem: Problem };

export type Adoption = {
  readonly hosts: readonly HostAdoption[];
  readonly groups: readonly Group[];
  /** Undefined where there is nothing to write. */
  readonly files?: { readonly playbook: string; readonly templates: readonly TemplateFile[] };
};

/**
 * Makes of how gateways stand the files of a project that want exactly that. Every host is proved by rendering what would be written for it;
 * one that can't be is refused with the reason, and the others go on.
 *
 * @param name of the playbook, and of the folder of its templates
 * @throws Error when the files as a whole don't render to what each host alone renders to: a mistake of ours, and nothing may be written
 */
export function adopt(live: readonly LiveHost[], inventory: Inventory, name: string): Adoption {
  const file = `playbooks/${name}.yml`;
  const looked = live.map((one) => lookAt(one, inventory, name, file));
  const standing = new Map(
    looked.flatMap((one) => ('adopted' in one ? [[one.host, one.adopted] as const] : [])),
  );
  if (standing.size === 0)
    return { hosts: looked.flatMap((one) => ('adopted' in one ? [] : [one])), groups: [] };
  const inventoryGroups = new Map(Object.entries(groupMembers(inventory)));
  const groups = groupHosts(standing, inventoryGroups);
  const written = writeFor(groups, name, file);
  const problems = proveFiles(written, name, groups, inventory);
  if (problems.length > 0)
    throw new Error(`the adopted files are not exact: ${problems.map(({ message }) => message).join('; ')}`);
  return {
    groups,
    files: { playbook: written.playbook, templates: written.templates },
    hosts: looked.map((one): HostAdoption => {
      if (!('adopted' in one)) return one;
      const play = groups.find(({ hosts }) => hosts.includes(one.host))?.id ?? '';
      return { kind: 'adopted', play, ...one };
    }),
  };
}

type Looked =
  | { readonly host: string; readonly adopted: Adopted; readonly notes: readonly string[] }
  | Exclude<HostAdoption, { kind: 'adopted' }>;

/** What is to be written for one host, proved for it alone. */
function lookAt(live: LiveHost, inventory: Inventory, name: string, file: string): Looked {
  const { host } = live;
  const read = (['ipv4', 'ipv6'] as const).map((family) => readTables(live.saves[family], family));
  const [strange] = read.flatMap((one) => one.strange);
  if (strange !== undefined) return refused(host, strangeLine(strange));
  const all = read.flatMap(({ tables }) => tables);
  const { adopted, notes } = adoptable(live, all);
  if (adopted.tables.length === 0) return { kind: 'empty', host, notes };
  const groups = groupHosts(new Map([[host, adopted]]), new Map());
  const written = writeFor(groups, name, file);
  const [problem] = proveFiles(written, name, groups, inventory);
  if (problem === undefined) return { host, adopted, notes };
  const template = written.templates.find((one) => `${name}/${one.name}` === problem.file);
  return refused(host, inRule(problem, template?.text.split('\n')[(problem.line ?? 0) - 1]));
}

function writeFor(groups: readonly Group[], name: string, file: string) {
  const { templates, groups: files } = shareAmong(groups);
  return { file, playbook: formatPlaybook(files, name), templates };
}

function adoptable(live: LiveHost, all: readonly Table[]) {
  const isOwned = ({ family, name }: Table) =>
    live.owners.some((owner) => owner.family === family && owner.table === name);
  const cut = all.filter((table) => !isOwned(table)).map(withoutForeign);
  const tables = cut.map(({ table }) => table).filter((table) => !isPristine(table));
  const found = readSets(live.sets, tables, all);
  const ownerOf = (set: string) =>
    live.owners.find(({ family, table }) => family === 'ipset' && table === set)?.play;
  const sets = found.sets.filter(({ name }) => ownerOf(name) === undefined);
  const foreign = cut.flatMap((one) => one.foreign);
  const keep = [...new Set(cut.flatMap(({ globs }) => globs))];
  const notes = [
    ...all.filter(isOwned).map((table) => {
      const owner = live.owners.find((one) => one.family === table.family && one.table === table.name);
      return `${table.family} ${table.name} is left out: it is managed already, by the play ${owner?.play}`;
    }),
    ...found.sets.flatMap(({ name }) => {
      const play = ownerOf(name);
      return play === undefined
        ? []
        : [`the set ${name} is left out: it is managed already, by the play ${play}`];
    }),
    ...[...byTool(foreign)].map(([tool, chains]) => `left to ${tool}: ${chains.join(', ')}`),
    ...found.foreign.map(({ tool, name }) => `left to ${tool}: the set ${name}`),
    ...found.unused.map((name) => `the set ${name} is left out: no rule uses it`),
    ...sets
      .filter(({ keepsMembers }) => keepsMembers)
      .map(
        ({ name }) =>
          `the members of the set ${name} stay as they come and go: they run out, or rules add them`,
      ),
  ];
  return { adopted: { tables, sets, sysctls: sysctlsFor(live, tables), keep }, notes };
}

/** The forwarding switch of each family whose rules are about what is forwarded; only where it is on. */
function sysctlsFor({ forwards }: LiveHost, tables: readonly Table[]): readonly string[] {
  const needs = (family: Family) =>
    forwards[family] &&
    tables.some(
      (table) =>
        table.family === family &&
        (table.name === 'nat' ||
          table.chains.some(({ name, rules }) => name === 'FORWARD' && rules.length > 0)),
    );
  return [
    ...(needs('ipv4') ? ['net.ipv4.ip_forward'] : []),
    ...(needs('ipv6') ? ['net.ipv6.conf.all.forwarding'] : []),
  ];
}

type Foreign = readonly { readonly tool: string; readonly chain: string }[];

function byTool(foreign: Foreign): ReadonlyMap<string, readonly string[]> {
  const tools = new Map<string, string[]>();
  for (const { tool, chain } of foreign) {
    const chains = tools.get(tool) ?? [];
    tools.set(tool, chains.includes(chain) ? chains : [...chains, chain]);
  }
  return tools;
}

function refused(host: string, problem: Omit<Problem, 'host'>): Looked {
  return { kind: 'refused', host, problem: { ...problem, host } };
}

/** The file that a problem names was never written. */
function inRule({ code, message, remedy }: Problem, line: string | undefined): Omit<Problem, 'host'> {
  if (line === undefined) return { code, message, remedy };
  return {
    code,
    message: `no template can say what stands there: ${message}, in: ${line}`,
    remedy: 'Change that line on the gateway, or leave the host out (--limit).',
  };
}

function strangeLine(line: string): Omit<Problem, 'host'> {
  return {
    code: 'adopt-strange-line',
    message: `its save holds a line that no restore would take: ${JSON.stringify(line)}`,
    remedy: 'A comment or a name there holds a line break: replace that rule, then adopt.',
  };
}
