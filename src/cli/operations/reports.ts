import { access, chmod, constants, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Problem, ProblemsError } from '../../problem.ts';
import type { Event } from '../../rollout/events.ts';
import { FleetReport } from '../views/fleet-report.ts';
import { formatJUnit } from '../views/junit.ts';
import { formatPrometheus } from '../views/prometheus.ts';

/** A report that is written to a file at the end of a run. */
export type Output = { readonly format: 'junit' | 'prometheus'; readonly file: string };

const FORMATS = { junit: formatJUnit, prometheus: formatPrometheus } as const;

/** Readers of the run's events that write reports once it has ended. */
export type Reports = {
  readonly observe: (event: Event) => void;
  /** Says what could not be written. */
  readonly write: () => Promise<readonly Problem[]>;
};

/**
 * Reports are told apart before the run, when nothing has happened yet.
 * @throws ProblemsError for directories that are missing or can't be written to, and for two reports in one file
 */
export async function checkOutputs(outputs: readonly Output[]): Promise<void> {
  const problems = await outputProblems(outputs);
  if (problems.length > 0) throw new ProblemsError(problems);
}

/** What would keep these reports from being written. */
export async function outputProblems(outputs: readonly Output[]): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const files = new Set<string>();
  for (const { file } of outputs) {
    const folder = path.dirname(path.resolve(file));
    const isFolder = (await stat(file).catch(() => undefined))?.isDirectory() === true;
    const canWrite = await access(folder, constants.W_OK).then(
      () => true,
      () => false,
    );
    if (files.has(path.resolve(file))) problems.push(unwritable(file, 'two reports would be written to it'));
    else if (isFolder) problems.push(unwritable(file, 'it is a directory'));
    else if (!canWrite) problems.push(unwritable(file, `${folder} is missing, or may not be written to`));
    files.add(path.resolve(file));
  }
  return problems;
}

export function createReports(outputs: readonly Output[]): Reports {
  const report = new FleetReport();
  return {
    observe: (event) => {
      if (outputs.length > 0) report.observe(event);
    },
    write: async () => {
      const problems: Problem[] = [];
      for (const { format, file } of outputs) {
        await replace(file, FORMATS[format](report), format).catch((error: unknown) =>
          problems.push(unwritable(file, error instanceof Error ? error.message : String(error))),
        );
      }
      return problems;
    },
  };
}

/**
 * A reader finds the old report or the new one, whole. Metrics are for node_exporter, which runs as somebody else, so they are
 * readable by all whatever the umask; they hold names and numbers only. The collector reads no file but `*.prom`, nor this one's
 * temporary name.
 */
async function replace(file: string, text: string, format: Output['format']): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.sluice-${process.pid}`);
  try {
    await writeFile(temporary, text);
    if (format === 'prometheus') await chmod(temporary, 0o644);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function unwritable(file: string, why: string): Problem {
  return {
    code: 'output-unwritable',
    file,
    message: `the report can't be written: ${why}`,
    remedy: 'Name a file in a directory that is there and yours; the run itself is in the journal.',
  };
}
