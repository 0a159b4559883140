import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Problem, ProblemsError } from '../problem.ts';
import type { Event } from '../rollout/events.ts';
import { journalFailure } from './failure.ts';
import { type InputRecord, LAYOUT, type RunRecord } from './model.ts';
import { isRunId } from './names.ts';

export type StoredRun = {
  readonly id: string;
  readonly run: RunRecord;
  readonly inputs: readonly InputRecord[];
  readonly events: readonly Event[];
};

/**
 * The folders of all runs in a journal, the oldest first; none when there is no journal yet.
 * @throws ProblemsError when it can't be read.
 */
export async function listRuns(folder: string): Promise<readonly string[]> {
  const runs = join(folder, 'runs');
  try {
    const names = (await readdir(runs)).filter(isRunId).sort();
    const folders = names.map((name) => join(runs, name));
    const areRuns = await Promise.all(folders.map(isRun));
    return folders.filter((_, index) => areRuns[index]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw journalFailure('read', runs, error);
  }
}

/**
 * A run, from its folder.
 * @throws ProblemsError when it is no run, or is damaged, or was written by a version with another layout.
 */
export async function readRun(folder: string): Promise<StoredRun> {
  const { id, ...run } = await readHead(folder);
  const inputs = await readInputs(folder);
  return { id, run, inputs, events: await readEvents(folder) };
}

/**
 * Who ran what, from a run's folder.
 * @throws ProblemsError as `readRun`
 */
export async function readRecord(folder: string): Promise<RunRecord> {
  const { id: _, ...run } = await readHead(folder);
  return run;
}

/**
 * The copies of what a run was made from.
 * @throws ProblemsError as `readRun`
 */
export async function readInputs(folder: string): Promise<readonly InputRecord[]> {
  return (await readJson(join(folder, 'inputs.json'))) as readonly InputRecord[];
}

async function readHead(folder: string): Promise<RunRecord & { readonly id: string }> {
  const path = join(folder, 'run.json');
  const { layout, ...head } = (await readJson(path)) as RunRecord & {
    readonly layout: unknown;
    readonly id: string;
  };
  if (layout === LAYOUT) return head;
  const message = `This run was written in layout ${JSON.stringify(layout)}; this version reads layout ${LAYOUT}.`;
  throw new ProblemsError([
    { code: 'journal-layout', file: path, message, remedy: 'Read it with the version that wrote it.' },
  ]);
}

/**
 * The events of the run in a folder, in order. A last line without its end was torn by a crash, and is left out.
 * @throws ProblemsError with every other line that is no event.
 */
export async function readEvents(folder: string): Promise<readonly Event[]> {
  const path = join(folder, 'events.jsonl');
  // What follows the last line end is torn, or nothing.
  const lines = (await readText(path)).split('\n').slice(0, -1);
  const problems: Problem[] = [];
  const events: Event[] = [];
  for (const [index, line] of lines.entries()) {
    const event = eventOf(line);
    if (event !== undefined) events.push(event);
    else problems.push(corruptLine(path, index + 1, line));
  }
  if (problems.length > 0) throw new ProblemsError(problems);
  return events;
}

/** The event of a line; undefined where it is none. */
export function eventOf(line: string): Event | undefined {
  const value = parsed(line);
  return isEvent(value) ? value : undefined;
}

/** Its writer may have been stopped before there was anything to tell. */
function isRun(folder: string): Promise<boolean> {
  return access(join(folder, 'run.json')).then(
    () => true,
    () => false,
  );
}

function isEvent(value: unknown): value is Event {
  if (typeof value !== 'object' || value === null) return false;
  const { type, time, run, seq } = value as Record<string, unknown>;
  return (
    typeof type === 'string' && typeof time === 'string' && typeof run === 'string' && typeof seq === 'number'
  );
}

function corruptLine(file: string, line: number, text: string): Problem {
  const start = text.slice(0, 60).replace(/\p{Cc}/gu, '?');
  return {
    code: 'journal-corrupt',
    file,
    line,
    message: `This line is no event: "${start}${text.length > 60 ? '…' : ''}".`,
    remedy:
      'The file was damaged or edited after it was written. The run can be read again once this line is taken out.',
  };
}

async function readJson(path: string): Promise<object> {
  const value = parsed(await readText(path));
  if (typeof value === 'object' && value !== null) return value;
  const message = 'This file is not the JSON that a run writes.';
  const remedy = 'The file was damaged or edited after it was written: this run can not be read.';
  throw new ProblemsError([{ code: 'journal-corrupt', file: path, message, remedy }]);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw journalFailure('read', path, error);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
