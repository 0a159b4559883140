import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { Play } from '../playbook/model.ts';
import { parseTemplate, type Template, type Templates } from '../playbook/template.ts';
import { type Problem, ProblemsError } from '../problem.ts';

/**
 * Reads and parses the templates that a playbook's plays name, each once. A name is looked for in `templates/` beside the playbook,
 * then beside the playbook itself, then in `templates/` beside the playbook's folder, so that `playbooks/site.yml` finds `templates/base.rules.hbs`.
 *
 * @param plays all of one playbook file
 * @throws ProblemsError with every template that is missing or can't be parsed
 */
export async function loadTemplates(plays: readonly Play[]): Promise<Templates> {
  const templates = new Map<string, Template>();
  const problems: Problem[] = [];
  for (const [name, place] of firstUses(plays)) {
    const found = await firstOf(candidates(name, dirname(place.file)));
    if ('tried' in found) {
      const message = `there is no template "${name}"`;
      problems.push({
        code: 'unknown-template',
        ...place,
        message,
        remedy: `Looked for ${found.tried.join(', ')}.`,
      });
      continue;
    }
    const parsed = parseTemplate(name, found.file, found.text);
    if ('problems' in parsed) problems.push(...parsed.problems);
    else templates.set(name, parsed.template);
  }
  if (problems.length > 0) throw new ProblemsError(problems);
  return templates;
}

/** Each template with the fragment that names it first. */
function firstUses(
  plays: readonly Play[],
): ReadonlyMap<string, { readonly file: string; readonly line: number }> {
  const uses = new Map<string, { readonly file: string; readonly line: number }>();
  for (const { file, rules } of plays) {
    for (const { template, line } of rules) if (!uses.has(template)) uses.set(template, { file, line });
  }
  return uses;
}

function candidates(name: string, folder: string): readonly string[] {
  if (isAbsolute(name)) return [name];
  return [join(folder, 'templates', name), join(folder, name), join(folder, '..', 'templates', name)];
}

async function firstOf(
  files: readonly string[],
): Promise<{ readonly file: string; readonly text: string } | { readonly tried: readonly string[] }> {
  for (const file of files) {
    try {
      return { file, text: await readFile(file, 'utf8') };
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
  }
  return { tried: files };
}

function isAbsent(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === 'ENOENT' || code === 'ENOTDIR';
}
