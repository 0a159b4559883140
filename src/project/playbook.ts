import { readFile } from 'node:fs/promises';
import { isVaultText } from '../inventory/vaulted.ts';
import type { Play } from '../playbook/model.ts';
import { parsePlaybook } from '../playbook/parse.ts';
import type { Templates } from '../playbook/template.ts';
import { parseYaml } from '../playbook/yaml.ts';
import { ProblemsError } from '../problem.ts';
import { readTemplates, type TemplateUser } from './templates.ts';
import { encryptedProblem } from './vault-text.ts';

/** A playbook with the templates that its plays name. */
export type LoadedPlaybook = { readonly plays: readonly Play[]; readonly templates: Templates };

/**
 * Reads a playbook and its templates.
 *
 * @param file as the user named it; problems repeat it
 * @throws ProblemsError with everything that is wrong in the playbook and in its templates
 */
export async function loadPlaybook(file: string): Promise<LoadedPlaybook> {
  const text = await readPlaybook(file);
  if (isVaultText(text)) throw new ProblemsError([encryptedProblem(file, 'playbook')]);
  const { plays, problems } = parsePlaybook(text, file);
  const { templates, problems: inTemplates } = await readTemplates(
    problems.length === 0 ? plays : roughPlays(text, file),
  );
  const all = [...problems, ...inTemplates];
  if (all.length > 0) throw new ProblemsError(all);
  return { plays, templates };
}

/** Of a playbook that has problems, the templates that it names all the same: what is wrong in them is shown too. */
function roughPlays(text: string, file: string): readonly TemplateUser[] {
  const parsed = parseYaml(text, file);
  if ('problems' in parsed) return [];
  const { value, lineOf } = parsed.yaml;
  const plays: readonly unknown[] = Array.isArray(value) ? value : [];
  return plays.map((play, at) => {
    const usesIn = (section: 'rules' | 'ipsets') => {
      const fragments = fieldOf(play, section);
      const templates = Array.isArray(fragments) ? fragments.map((one) => fieldOf(one, 'template')) : [];
      const uses = templates.map((template, number) => ({ template, line: lineOf([at, section, number]) }));
      return uses.filter(isUse);
    };
    return { file, rules: usesIn('rules'), ipsets: usesIn('ipsets') };
  });
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

function isUse(use: {
  readonly template: unknown;
  readonly line: number;
}): use is TemplateUser['rules'][number] {
  return typeof use.template === 'string';
}

async function readPlaybook(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as { code?: string };
    const message =
      code === 'ENOENT'
        ? 'there is no such playbook'
        : code === 'EISDIR'
          ? 'this is a folder, not a playbook'
          : `the playbook can't be read (${code})`;
    throw new ProblemsError([
      { code: 'unreadable-playbook', file, message, remedy: 'Name a YAML file that you may read.' },
    ]);
  }
}
