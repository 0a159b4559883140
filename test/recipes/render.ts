import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { Vars } from '../../src/inventory/model.ts';
import type { Play } from '../../src/playbook/model.ts';
import { parsePlaybook } from '../../src/playbook/parse.ts';
import { type RenderedPlay, renderPlay } from '../../src/playbook/render.ts';
import { parseTemplate, type Templates } from '../../src/playbook/template.ts';
import { ProblemsError } from '../../src/problem.ts';
import { loadInventory } from '../../src/project/inventory.ts';
import { loadPlaybook } from '../../src/project/playbook.ts';
import { readTemplates } from '../../src/project/templates.ts';
import { noVault } from '../vault/vaults.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

export type Changes = {
  /** As with `-e`. */
  readonly vars?: Vars;
  /** The text of one more template, which stands after the others. */
  readonly more?: string;
};

/** Renders a playbook for gw1 of an inventory, as `sluice render` does. @throws ProblemsError with all that is wrong */
export async function render(
  inventoryFile: string,
  playbook: string | object,
  { vars: extraVars = {}, more }: Changes,
): Promise<readonly RenderedPlay[]> {
  const { plays, templates } = await readPlaybook(playbook);
  const inventory = await loadInventory({
    sources: [inventoryFile],
    extraVars,
    vault: noVault,
    cwd: root,
  });
  const host = inventory.hosts.get('gw1');
  if (host === undefined) throw new Error('no gw1');
  const added = more === undefined ? undefined : parseTemplate('more', 'more', more);
  if (added !== undefined && 'problems' in added) throw new ProblemsError(added.problems);
  const all = new Map([...templates, ...(added === undefined ? [] : [['more', added.template] as const])]);
  const rendered = plays.map((play, index) => {
    const fragment = { template: 'more', vars: {}, tags: [], line: 1 };
    const rules = added === undefined || index > 0 ? play.rules : [...play.rules, fragment];
    return renderPlay({ ...play, rules }, all, inventory, host, extraVars);
  });
  const problems = rendered.flatMap((play) => play.problems);
  if (problems.length > 0) throw new ProblemsError(problems);
  return rendered;
}

async function readPlaybook(
  playbook: string | object,
): Promise<{ readonly plays: readonly Play[]; readonly templates: Templates }> {
  if (typeof playbook === 'string') return loadPlaybook(`${root}playbooks/${playbook}.yml`);
  const { plays, problems } = parsePlaybook(stringify([playbook]), `${root}playbooks/of-a-test.yml`);
  const { templates, problems: inTemplates } = await readTemplates(plays);
  if (problems.length + inTemplates.length > 0) throw new ProblemsError([...problems, ...inTemplates]);
  return { plays, templates };
}
