import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { isVaultText } from '../inventory/vaulted.ts';
import type { Fragment, Play } from '../playbook/model.ts';
import { parseTemplate, type Template, type Templates } from '../playbook/template.ts';
import type { Problem } from '../problem.ts';
import { encryptedProblem } from './vault-text.ts';

/** Of a play, what says which templates it needs. */
export type TemplateUser = Pick<Play, 'file'> & {
  readonly rules: readonly Use[];
  readonly ipsets: readonly Use[];
};

type Use = Pick<Fragment, 'template' | 'line'>;

/**
 * Reads and parses the templates that a playbook's plays name, each once. A name is looked for in `templates/` beside the playbook,
 * then beside the playbook itself, then in `templates/` beside the playbook's folder, so that `playbooks/site.yml` finds `templates/base.rules.hbs`.
 *
 * @param plays all of one playbook file
 * @returns what could be read, and a problem for every template that is missing or can't be parsed
 */
export async function readTemplates(
  plays: readonly TemplateUser[],
): Promise<{ readonly templates: Templates; readonly problems: readonly Problem[] }> {
  const templates = new Map<string, Template>();
  const problems: Problem[] = [];
  for (const [name, place] of firstUses(plays)) {
    const found = await firstOf(candidates(name, dirname(place.file)));
    if (!('text' in found)) {
      problems.push({ ...place, ...notFound(name, found) });
      continue;
    }
    if (isVaultText(found.text)) {
      problems.push(encryptedProblem(found.file, 'template'));
      continue;
    }
    const parsed = parseTemplate(name, found.file, found.text);
    if ('problems' in parsed) problems.push(...parsed.problems);
    else templates.set(name, parsed.template);
  }
  return { templates, problems };
}

/** Each template with the fragment that names it first. */
function firstUses(
  plays: readonly TemplateUser[],
): ReadonlyMap<string, { readonly file: string; readonly line: number }> {
  const uses = new Map<string, { readonly file: string; readonly line: number }>();
  for (const { file, rules, ipsets } of plays) {
    for (const { template, line } of [...rules, ...ipsets])
      if (!uses.has(template)) uses.set(template, { file, line });
  }
  return uses;
}

function candidates(name: string, folder: string): readonly string[] {
  if (isAbsolute(name)) return [name];
  return [join(folder, 'templates', name), join(folder, name), join(folder, '..', 'templates', name)];
}

type Found =
  | { readonly file: string; readonly text: string }
  | { readonly tried: readonly string[] }
  | { readonly unreadable: string; readonly because: string };

async function firstOf(files: readonly string[]): Promise<Found> {
  for (const file of files) {
    try {
      return { file, text: await readFile(file, 'utf8') };
    } catch (error) {
      if (!isAbsent(error))
        return { unreadable: file, because: (error as NodeJS.ErrnoException).code ?? String(error) };
    }
  }
  return { tried: files };
}

function notFound(
  name: string,
  found: Exclude<Found, { text: string }>,
): Pick<Problem, 'code' | 'message' | 'remedy'> {
  if ('tried' in found) {
    const remedy = `Looked for ${found.tried.join(', ')}.`;
    return { code: 'unknown-template', message: `there is no template "${name}"`, remedy };
  }
  const what = found.because === 'EISDIR' ? 'is a folder' : `can't be read (${found.because})`;
  return {
    code: 'unreadable-template',
    message: `the template "${name}" ${what}: ${found.unreadable}`,
    remedy: 'Name a template file that you may read.',
  };
}

function isAbsent(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === 'ENOENT' || code === 'ENOTDIR';
}
