import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { RunRecord } from '../../../journal/model.ts';
import { listRuns, readEvents } from '../../../journal/read.ts';
import { ProblemsError } from '../../../problem.ts';
import type { Schedule } from '../../../schedule/model.ts';

/** How the last run of a schedule went, by the journal of its project. */
export type LastRun = {
  readonly folder: string;
  readonly startedAt: string;
  /** Undefined while it runs, and where it was cut. */
  readonly exitCode: number | undefined;
};

/** Undefined where there was none, or its journal can't be read by us. */
export async function lastRunOf({ folder, name }: Schedule): Promise<LastRun | undefined> {
  try {
    for (const run of (await listRuns(path.join(folder, '.sluice'))).toReversed()) {
      const { schedule }: Partial<RunRecord> = JSON.parse(await readFile(path.join(run, 'run.json'), 'utf8'));
      if (schedule !== name) continue;
      const events = await readEvents(run);
      const exitCode = events
        .flatMap((event) => (event.type === 'run.finished' ? [event.exitCode] : []))
        .at(-1);
      return { folder: run, startedAt: events[0]?.time ?? '', exitCode };
    }
  } catch (error) {
    if (!(error instanceof ProblemsError || error instanceof SyntaxError || isErrno(error))) throw error;
  }
  return undefined;
}

function isErrno(error: unknown): boolean {
  return error instanceof Error && 'code' in error;
}
