import { randomBytes } from 'node:crypto';
import { access, link, mkdir, open, rename, rm, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { TemplateFile } from '../../adopt/model.ts';
import { type Problem, ProblemsError } from '../../problem.ts';

/** What an adoption of this name would write, and what would be taken for its templates before them. */
function placesOf(name: string) {
  return {
    playbook: path.join('playbooks', `${name}.yml`),
    templates: path.join('templates', name),
    shadows: [path.join('playbooks', 'templates', name), path.join('playbooks', name)],
  };
}

/** A problem for each file or folder that is there already: none is ever written over. */
export async function existingFiles(folder: string, name: string): Promise<readonly Problem[]> {
  const { playbook, templates, shadows } = placesOf(name);
  const problems: Problem[] = [];
  for (const place of [playbook, templates, ...shadows]) {
    const file = path.join(folder, place);
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (isThere) problems.push(there(file));
  }
  return problems;
}

/**
 * Writes the templates beside their place, moves them there together, and then the playbook, which is what gives them a meaning.
 *
 * @returns what was written, below the folder; the playbook first
 * @throws ProblemsError where something can't be written, or has come meanwhile; then nothing of ours is left
 */
export async function writeNewProject(
  folder: string,
  name: string,
  {
    playbook: text,
    templates: files,
  }: { readonly playbook: string; readonly templates: readonly TemplateFile[] },
): Promise<readonly string[]> {
  const { playbook, templates } = placesOf(name);
  const mark = `.${name}.${randomBytes(4).toString('hex')}`;
  const staged = path.join(folder, 'templates', mark);
  const draft = path.join(folder, 'playbooks', mark);
  let isPlaced = false;
  try {
    await mkdir(path.dirname(draft), { recursive: true });
    for (const file of files) await writeSynced(path.join(staged, file.name), file.text);
    await writeSynced(draft, text);
    const [came] = await existingFiles(folder, name);
    if (came !== undefined) throw new ProblemsError([came]);
    await rename(staged, path.join(folder, templates));
    isPlaced = true;
    // Unlike a rename, this fails where there is one.
    await link(draft, path.join(folder, playbook));
    await unlink(draft);
  } catch (error) {
    await rm(draft, { force: true });
    await rm(isPlaced ? path.join(folder, templates) : staged, { recursive: true, force: true });
    throw error instanceof ProblemsError ? error : new ProblemsError([notWritten(folder, error)]);
  }
  return [playbook, ...files.map((file) => path.join(templates, file.name)).toSorted()];
}

async function writeSynced(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function there(file: string): Problem {
  return {
    code: 'file-exists',
    file,
    message: 'is there already, and nothing is ever written over',
    remedy: 'Give the adoption another name (--name), another folder (-o), or move it away.',
  };
}

function notWritten(folder: string, error: unknown): Problem {
  return {
    code: 'not-written',
    file: folder,
    message: `the files can't be written: ${error instanceof Error ? error.message : String(error)}`,
    remedy:
      'Name a folder that you may write to, with -o. No file was left there, and no gateway was changed.',
  };
}
