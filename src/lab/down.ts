import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { ProblemsError } from '../problem.ts';
import { loadState, removeFolder } from './folder.ts';
import { LABS_FOLDER, type Lab, labFiles, openLab } from './lab.ts';
import { rootProblems } from './missing.ts';
import { killLab, markedProcesses, markOf } from './processes.ts';

/** A lab of this machine. `unfinished`: being made right now, or left behind half-made or half-gone. */
export type FoundLab =
  | { readonly kind: 'standing'; readonly id: string; readonly madeAt: string; readonly lab: Lab }
  | { readonly kind: 'unfinished'; readonly id: string };

/**
 * Takes a lab down, whatever state it is in: its processes (and with them all namespaces and mounts), those that others
 * started inside it, and its files. Does nothing when there is no such lab.
 */
export async function downLab(id: string): Promise<void> {
  if (!/^lab-[0-9a-f]+$/.test(id)) throw new RangeError(`${JSON.stringify(id)} is no id of a lab`);
  await killLab(labFiles(id).folder);
  await removeFolder(id);
}

/**
 * Finds the labs of this machine by their folders and by their processes, sorted by id.
 *
 * @throws ProblemsError without root, who alone can see them.
 */
export async function findLabs(): Promise<readonly FoundLab[]> {
  const problems = rootProblems();
  if (problems.length > 0) throw new ProblemsError(problems);
  const folders = await readdir(LABS_FOLDER).catch(() => []);
  const alive = [...markedProcesses().keys()].map((folder) => basename(folder));
  const ids = [...new Set([...folders, ...alive])].sort();
  return Promise.all(ids.map(findLab));
}

async function findLab(id: string): Promise<FoundLab> {
  const state = await loadState(id);
  if (state === undefined || markOf(state.pid) !== labFiles(id).folder) return { kind: 'unfinished', id };
  return { kind: 'standing', id, madeAt: state.madeAt, lab: openLab(state) };
}
