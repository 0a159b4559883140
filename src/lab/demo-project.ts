import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A change of one line of a file. */
export type LineChange = { readonly file: string; readonly from: string; readonly to: string };

const FILES = [
  'playbooks/reverse-proxy.yml',
  'templates/base.rules.hbs',
  'templates/reverse-proxy.rules.hbs',
  'templates/round-robin.rules.hbs',
  'templates/partials/backends.rules.hbs',
  'templates/partials/way-back.rules.hbs',
];

/** Makes a project in a temporary folder, with copies of the example playbook and its templates; answers the folder. */
export async function makeProject(): Promise<string> {
  const examples = fileURLToPath(new URL('../../', import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), 'sluice-demo-'));
  for (const file of FILES) {
    await mkdir(join(folder, dirname(file)), { recursive: true });
    await cp(join(examples, file), join(folder, file));
  }
  // The folder is the demo's home: no other ansible.cfg counts.
  await writeFile(join(folder, '.ansible.cfg'), '');
  return folder;
}

export async function removeProject(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** Changes one line of one of the project's files, and answers its number. */
export async function changeLine(folder: string, { file, from, to }: LineChange): Promise<number> {
  const path = join(folder, file);
  const changed = replaceLine(await readFile(path, 'utf8'), from, to);
  await writeFile(path, changed.text);
  return changed.line;
}

/** Replaces a line, whatever its indentation. Throws when the text doesn't hold it exactly once. */
export function replaceLine(
  text: string,
  from: string,
  to: string,
): { readonly text: string; readonly line: number } {
  const lines = text.split('\n');
  const [index, second] = lines.flatMap((line, at) => (line.trim() === from ? [at] : []));
  if (index === undefined || second !== undefined) throw new Error(`not there exactly once: ${from}`);
  const replaced = lines.map((line, at) => (at === index ? line.replace(from, () => to) : line));
  return { text: replaced.join('\n'), line: index + 1 };
}

/** The project's runs so far, by the names of their journals. */
export function runsOf(folder: string): Promise<readonly string[]> {
  return readdir(join(folder, '.sluice/runs')).catch(() => []);
}

/** Reads the events that a run's journal holds. */
export function readEvents(folder: string, run: string): Promise<string> {
  return readFile(join(folder, '.sluice/runs', run, 'events.jsonl'), 'utf8');
}
