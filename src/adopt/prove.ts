import type { Inventory } from '../inventory/model.ts';
import { matchHosts } from '../inventory/patterns.ts';
import type { Play } from '../playbook/model.ts';
import { parsePlaybook } from '../playbook/parse.ts';
import { type RenderedPlay, renderPlay } from '../playbook/render.ts';
import { parseTemplate, type Template } from '../playbook/template.ts';
import type { Problem } from '../problem.ts';
import type { Adopted, Group, Table, TemplateFile } from './model.ts';
import { readTables, tableText, wholeTable } from './tables.ts';

/** The files of an adoption, as they are going to be written. */
export type Written = {
  readonly file: string;
  readonly playbook: string;
  readonly templates: readonly TemplateFile[];
};

/**
 * Reads the files as every other command does, and renders them for each host: what comes out must be what runs there, and each
 * host must be in the play of its group and in no other. Answers what isn't so.
 *
 * @param folder of the templates, as the playbook names them
 */
export function proveFiles(
  { file, playbook, templates: files }: Written,
  folder: string,
  groups: readonly Group[],
  inventory: Inventory,
): readonly Problem[] {
  const { plays, problems } = parsePlaybook(playbook, file);
  const templates = new Map<string, Template>();
  const found = [...problems];
  for (const { name, text } of files) {
    const parsed = parseTemplate(`${folder}/${name}`, `${folder}/${name}`, text);
    if ('problems' in parsed) found.push(...parsed.problems);
    else templates.set(`${folder}/${name}`, parsed.template);
  }
  if (found.length > 0) return found;
  return groups.flatMap((group, at) => {
    const play = plays[at];
    if (play === undefined) return [unproved(group.hosts[0] ?? '', 'has no play')];
    const matched = matchHosts(inventory, play.hosts);
    const names = matched.hosts.map(({ name }) => name);
    const isExact = names.length === group.hosts.length && group.hosts.every((host) => names.includes(host));
    if (!isExact || matched.unmatched.length > 0)
      return group.hosts.map((host) =>
        unproved(host, "can't be named in a playbook by a pattern of its own"),
      );
    return matched.hosts.flatMap((host) => {
      const rendered = renderPlay(play, templates, inventory, host, {});
      if (rendered.problems.length > 0) return rendered.problems;
      return differences(play, rendered, group).map((what) => unproved(host.name, what));
    });
  });
}

/** Where what is rendered isn't what was found, in words. */
function differences(
  play: Play,
  { rulesets, sets, sysctls }: RenderedPlay,
  wanted: Adopted,
): readonly string[] {
  // Chain by chain, as the kernel keeps them: templates may go from one to the other and back.
  const textOf = (tables: readonly Table[]) => tables.map(tableText).toSorted().join('');
  const ofRules = play.families.flatMap((family) => {
    const live = textOf(wanted.tables.filter((table) => table.family === family).map(wholeTable));
    const { text = '', tables = [] } = rulesets.find((one) => one.family === family) ?? {};
    const written = readTables(text, family).tables;
    const isSame = textOf(written) === live && written.length === tables.length;
    return isSame ? [] : [`renders to other ${family} rules`];
  });
  const said = (all: readonly { readonly create: string; readonly members: readonly string[] }[]) =>
    all.map(({ create, members }) => [create, ...members].join('\n')).toSorted();
  const isSame = JSON.stringify(said(sets)) === JSON.stringify(said(wanted.sets));
  const keys = sysctls.map(({ key, value }) => `${key} ${value}`);
  return [
    ...ofRules,
    ...(isSame ? [] : ['renders to other sets']),
    ...(keys.join() === wanted.sysctls.map((key) => `${key} 1`).join() ? [] : ['renders to other sysctls']),
  ];
}

function unproved(host: string, what: string): Problem {
  return {
    code: 'adopt-inexact',
    host,
    message: `its rules can't be written as templates: it ${what}`,
    remedy: 'Leave the host out (--limit), and write its templates by hand.',
  };
}
