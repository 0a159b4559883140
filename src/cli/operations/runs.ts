import path from 'node:path';
import { didYouMean } from '../../inventory/suggestion.ts';
import { findRun } from '../../journal/find-run.ts';
import { listRuns } from '../../journal/read.ts';
import { type Problem, ProblemsError } from '../../problem.ts';

/** The runs of a project's journal. */
export type Runs = {
  /** `.sluice` of the project. */
  readonly journal: string;
  /** The oldest first. */
  readonly folders: readonly string[];
  readonly ids: readonly string[];
};

export async function runsOf(cwd: string): Promise<Runs> {
  const journal = path.join(cwd, '.sluice');
  const folders = await listRuns(journal);
  return { journal, folders, ids: folders.map((folder) => path.basename(folder)) };
}

/**
 * The place of the run that a word names, among the runs.
 * @throws ProblemsError when it names none, or several
 */
export function placeOf(word: string, runs: Runs): number {
  const found = findRun(word, runs.ids);
  if (found.kind === 'found') return runs.ids.indexOf(found.id);
  throw new ProblemsError([found.kind === 'unknown' ? unknown(word, runs) : ambiguous(word, found.ids)]);
}

function unknown(word: string, { ids, journal }: Runs): Problem {
  const none = ids.length === 0;
  const remedy = none
    ? 'Runs are kept where apply was started: change to that directory.'
    : `${didYouMean(word, ['latest', ...ids])}sluice history shows the runs; latest and @1 (the one before it) name them by their place.`;
  const message = none ? `there is no run in ${journal}` : `no run is named "${word}"`;
  return { code: 'run-unknown', message, remedy };
}

function ambiguous(word: string, ids: readonly string[]): Problem {
  const some = ids.slice(-5).join(', ');
  const message = `"${word}" may be any of ${ids.length} runs: ${ids.length > 5 ? '… ' : ''}${some}`;
  return { code: 'run-ambiguous', message, remedy: 'Give more of its name.' };
}
