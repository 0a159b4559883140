import { readFile } from 'node:fs/promises';
import type { Play } from '../playbook/model.ts';
import { parsePlaybook } from '../playbook/parse.ts';
import type { Templates } from '../playbook/template.ts';
import { ProblemsError } from '../problem.ts';
import { loadTemplates } from './templates.ts';

/** A playbook with the templates that its plays name. */
export type LoadedPlaybook = { readonly plays: readonly Play[]; readonly templates: Templates };

/**
 * Reads a playbook and its templates.
 *
 * @param file as the user named it; problems repeat it
 * @throws ProblemsError with everything that is wrong in the playbook, or else in its templates
 */
export async function loadPlaybook(file: string): Promise<LoadedPlaybook> {
  const { plays, problems } = parsePlaybook(await readPlaybook(file), file);
  if (problems.length > 0) throw new ProblemsError(problems);
  return { plays, templates: await loadTemplates(plays) };
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
