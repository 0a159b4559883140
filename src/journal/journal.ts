import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ProblemsError } from '../problem.ts';
import type { Event } from '../rollout/events.ts';
import { EventFile } from './event-file.ts';
import { journalFailure } from './failure.ts';
import { forceToDisk, linkFile, makeFolder, replaceFile, writeNew } from './files.ts';
import type { InputRecord, RunRecord } from './model.ts';
import { LAYOUT, RESUME_FILE } from './model.ts';
import { isRunId, pathPart } from './names.ts';

export type JournalOptions = {
  /** Usually `.sluice`, in the project; made if need be, in a directory that exists. */
  readonly folder: string;
  /** From `newRunId`. */
  readonly runId: string;
  /** Without secrets: whoever parsed the flags knows which of them hold any. */
  readonly run: RunRecord;
  /** Everything the run was made from, as it stands on disk: what is vaulted stays vaulted. */
  readonly inputs: readonly Input[];
  /** What it takes to go on with the run once it was cut; without secrets. Left out where it can't be resumed. */
  readonly resume?: object;
};

export type Input = {
  /** As the user named it. */
  readonly path: string;
  readonly content: string | Uint8Array;
};

/** One run on disk. Everything in it is for its owner alone. */
export type Journal = {
  /** Of this run. */
  readonly folder: string;
  /**
   * Appends one event, in order; it outlives this process once this returns.
   * @throws ProblemsError once, when the journal can't be written any more; later events are dropped.
   */
  append(event: Event): void;
  /**
   * Keeps a text of one host's transaction, whole or not at all; replaces an earlier one of that name.
   * @throws ProblemsError when it can't be written.
   */
  hostFile(host: string, token: string, name: string, text: string): void;
  /** Waits for what is being written. @throws ProblemsError for a failure that `append` could not tell of any more. */
  close(): Promise<void>;
};

/**
 * Starts the journal of a run: `<folder>/runs/<runId>/` with `run.json`, `inputs.json`, `inputs/`, `events.jsonl`,
 * `hosts/` and `resume.json`. `run.json` is written last: a folder without it is no run.
 * @throws ProblemsError when the folder can't be written or the run exists.
 */
export function openJournal({ folder, runId, run, inputs, resume }: JournalOptions): Journal {
  if (!isRunId(runId)) throw new Error(`not a run id: ${runId}`);
  const ours = join(folder, 'runs', runId);
  try {
    makeRunsFolder(folder);
    if (!makeFolder(ours)) throw runExists(ours);
    makeFolder(join(ours, 'hosts'));
    keepInputs(ours, inputs);
    const events = new EventFile(join(ours, 'events.jsonl'));
    if (resume !== undefined) writeNew(join(ours, RESUME_FILE), `${JSON.stringify(resume)}\n`);
    writeNew(join(ours, 'run.json'), json({ layout: LAYOUT, id: runId, ...run }));
    // Before any gateway is touched: a power cut here must not leave gateways on trial, and no run to resume.
    const begun = ['run.json', 'events.jsonl', ...(resume === undefined ? [] : [RESUME_FILE]), '.'];
    forceToDisk([...begun.map((name) => join(ours, name)), join(folder, 'runs')]);
    return journalOf(ours, events);
  } catch (error) {
    throw error instanceof ProblemsError ? error : journalFailure('written', folder, error);
  }
}

/**
 * Goes on with the journal of a run that has stopped, from its folder. Whoever calls has taken the run up: nobody else writes it.
 * @throws ProblemsError when it can't be written
 */
export function reopenJournal(folder: string): Journal {
  try {
    return journalOf(folder, new EventFile(join(folder, 'events.jsonl'), 'again'));
  } catch (error) {
    throw journalFailure('written', folder, error);
  }
}

/** What is in a journal is no part of the project: it holds other people's rule sets. */
function makeRunsFolder(folder: string): void {
  if (makeFolder(folder)) writeNew(join(folder, '.gitignore'), '*\n');
  makeFolder(join(folder, 'runs'));
}

function keepInputs(ours: string, inputs: readonly Input[]): void {
  makeFolder(join(ours, 'inputs'));
  const records: InputRecord[] = [];
  // Two plays may share a template.
  const once = new Map(inputs.map((input) => [input.path, input]));
  for (const { path, content } of once.values()) {
    const file = join('inputs', pathPart(path));
    writeNew(join(ours, file), content);
    records.push({ path, file, sha256: createHash('sha256').update(content).digest('hex') });
  }
  writeNew(join(ours, 'inputs.json'), json(records));
}

function journalOf(folder: string, events: EventFile): Journal {
  const made = new Set<string>();
  /** By the names of the files: what was written last. */
  const latest = new Map<string, { readonly path: string; readonly text: string }>();
  return {
    folder,
    append: (event) => events.append(event),
    hostFile(host, token, name, text) {
      const hostFolder = join(folder, 'hosts', pathPart(host));
      const tokenFolder = join(hostFolder, pathPart(token));
      const path = join(tokenFolder, pathPart(name));
      try {
        if (!made.has(tokenFolder)) {
          for (const each of [hostFolder, tokenFolder]) makeFolder(each);
          made.add(tokenFolder);
        }
        const known = latest.get(name);
        if (known?.text === text && linkFile(known.path, path)) return;
        replaceFile(path, text);
        latest.set(name, { path, text });
      } catch (error) {
        throw journalFailure('written', path, error);
      }
    },
    close: () => events.close(),
  };
}

function runExists(path: string): ProblemsError {
  const message = 'A run of this name is in the journal already.';
  return new ProblemsError([
    { code: 'run-exists', file: path, message, remedy: 'Run again: a new run gets a new name.' },
  ]);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
