import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { claimFile } from './files.ts';
import type { ProcessRecord } from './model.ts';

/** Who took up a run that had stopped: `process.2.json`, `process.3.json` … beside `run.json`, which names the first. */
const NAME = /^process\.(\d{1,6})\.json$/;

export type Work = {
  /** 1 for the process that started the run. */
  readonly number: number;
  /** Undefined where the record does not say. */
  readonly process: ProcessRecord | undefined;
  /** user@host of who took it up; undefined of the first. */
  readonly operator?: string;
  /** ISO 8601, UTC. */
  readonly since?: string;
};

/** Which process worked on a run last. */
export async function latestWork(folder: string, first: ProcessRecord | undefined): Promise<Work> {
  const numbers = (await readdir(folder)).flatMap((name) => Number(NAME.exec(name)?.[1] ?? []));
  const number = Math.max(1, ...numbers);
  if (number === 1) return { number, process: first };
  const text = await readFile(join(folder, fileName(number)), 'utf8').catch(() => '');
  return { ...parsed(text), number };
}

/** Takes a run up as the next process after `latest`; answers false where another was quicker. */
export function takeUp(folder: string, latest: Work, work: Omit<Work, 'number'>): boolean {
  return claimFile(join(folder, fileName(latest.number + 1)), `${JSON.stringify(work)}\n`);
}

function fileName(number: number): string {
  return `process.${number}.json`;
}

function parsed(text: string): Omit<Work, 'number'> {
  try {
    return JSON.parse(text) as Omit<Work, 'number'>;
  } catch {
    return { process: undefined };
  }
}
