import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { isVaultText } from '../inventory/vaulted.ts';
import type { Fragment, Play } from '../playbook/model.ts';
import { circleProblems, type PartialUse } from '../playbook/partial.ts';
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
 * Reads and parses the templates that a playbook's plays name, and those that these include, each once. A name, whoever says it, is
 * looked for in `templates/` beside the playbook, then beside the playbook itself, then in `templates/` beside the playbook's folder, so
 * that `playbooks/site.yml` finds `templates/base.rules.hbs`.
 *
 * @param plays all of one playbook file
 * @returns what could be read, and a problem for every template that is missing, can't be parsed or includes itself
 */
export async function readTemplates(
  plays: readonly TemplateUser[],
): Promise<{ readonly templates: Templates; readonly problems: readonly Problem[] }> {
  const templates = new Map<string, Template>();
  const problems: Problem[] = [];
  // Grows while it is gone through: by the partials of what is read.
  const uses = firstUses(plays);
  for (const [name, place] of uses) {
    const found = await findTemplate(name, place.folder);
    if (!('text' in found)) {
      problems.push({ file: place.file, line: place.line, ...notFound(name, found) });
      continue;
    }
    if (isVaultText(found.text)) {
      problems.push(encryptedProblem(found.file, 'template'));
      continue;
    }
    const parsed = parseTemplate(name, found.file, found.text);
    if ('problems' in parsed) problems.push(...parsed.problems);
    else templates.set(name, parsed.template);
    const { partials } = 'problems' in parsed ? parsed : parsed.template;
    addUses(uses, partials, { file: found.file, folder: place.folder });
  }
  return { templates, problems: [...problems, ...circleProblems(templates)] };
}

/** Where a template is named first. */
type FirstUse = {
  readonly file: string;
  readonly line: number;
  /** Of the playbook. */
  readonly folder: string;
};

function firstUses(plays: readonly TemplateUser[]): Map<string, FirstUse> {
  const uses = new Map<string, FirstUse>();
  for (const { file, rules, ipsets } of plays)
    addUses(uses, [...rules, ...ipsets], { file, folder: dirname(file) });
  return uses;
}

function addUses(
  uses: Map<string, FirstUse>,
  more: readonly PartialUse[],
  place: Omit<FirstUse, 'line'>,
): void {
  for (const { template, line } of more) if (!uses.has(template)) uses.set(template, { ...place, line });
}

function candidates(name: string, folder: string): readonly string[] {
  if (isAbsolute(name)) return [name];
  return [join(folder, 'templates', name), join(folder, name), join(folder, '..', 'templates', name)];
}

/** Handlebars elsewhere leaves the ending of a partial's name out. */
const ENDINGS = ['.rules.hbs', '.ipset.hbs', '.hbs'];

async function findTemplate(name: string, folder: string): Promise<Found> {
  const found = await firstOf(candidates(name, folder));
  if (!('tried' in found)) return found;
  for (const ending of ENDINGS) {
    const longer = await firstOf(candidates(`${name}${ending}`, folder));
    if ('text' in longer) return { ...found, meant: `${name}${ending}` };
  }
  return found;
}

type Found =
  | { readonly file: string; readonly text: string }
  | { readonly tried: readonly string[]; readonly meant?: string }
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
    const meant = found.meant === undefined ? '' : `There is "${found.meant}": write it whole. `;
    const remedy = `${meant}Looked for ${found.tried.join(', ')}.`;
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
