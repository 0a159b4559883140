import type { Adoption } from '../../src/adopt/adopt.ts';
import type { LiveHost, Table } from '../../src/adopt/model.ts';
import { readTables } from '../../src/adopt/tables.ts';
import type { Inventory } from '../../src/inventory/model.ts';
import { matchHosts } from '../../src/inventory/patterns.ts';
import { parsePlaybook } from '../../src/playbook/parse.ts';
import { renderPlay } from '../../src/playbook/render.ts';
import { parseTemplate, type Template } from '../../src/playbook/template.ts';
import type { DesiredState } from '../../src/ruleset/model.ts';

/** A gateway that never met sluice. */
export function liveHost(
  host: string,
  { ipv4 = '', ipv6 = '', ...more }: Partial<LiveHost['saves'] & LiveHost>,
): LiveHost {
  return {
    host,
    saves: { ipv4, ipv6 },
    sets: '',
    forwards: { ipv4: false, ipv6: false },
    owners: [],
    ...more,
  };
}

/** What every host of an adoption would be given, by the way that every command takes from files to rules. */
export function renderAdopted(
  { files }: Adoption,
  inventory: Inventory,
): ReadonlyMap<string, Pick<DesiredState, 'rulesets' | 'sets' | 'sysctls'> & { readonly play: string }> {
  if (files === undefined) return new Map();
  const { plays, problems } = parsePlaybook(files.playbook, 'playbooks/adopted.yml');
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const templates = new Map<string, Template>();
  for (const { name, text } of files.templates) {
    const parsed = parseTemplate(`adopted/${name}`, name, text);
    if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
    templates.set(`adopted/${name}`, parsed.template);
  }
  const rendered = new Map<string, ReturnType<typeof renderPlay> & { play: string }>();
  for (const play of plays) {
    for (const host of matchHosts(inventory, play.hosts).hosts) {
      if (rendered.has(host.name)) throw new Error(`${host.name} is in two plays`);
      const one = renderPlay(play, templates, inventory, host, {});
      if (one.problems.length > 0) throw new Error(JSON.stringify(one.problems));
      rendered.set(host.name, { ...one, play: play.id });
    }
  }
  return rendered;
}

/** The tables of what a host would be given. */
export function tablesOf(rulesets: DesiredState['rulesets']): readonly Table[] {
  return rulesets.flatMap(({ family, text }) => readTables(text, family).tables);
}
