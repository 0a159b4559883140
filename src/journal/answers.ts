import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { claimFile } from './files.ts';
import { pathPart } from './names.ts';

/** What a person said to a question of a run; the first answer is the one that counts. */
export type Answer = {
  readonly answer: 'approve' | 'abort';
  /** user@host of who answered. */
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly time: string;
};

/** Some file systems tell nobody what happens on them. */
const pollMs = 2_000;

/** Gives the answer to a question; answers false where there is one already. */
export function giveAnswer(folder: string, question: string, answer: Answer): boolean {
  return claimFile(fileOf(folder, question), `${JSON.stringify(answer)}\n`);
}

/** The answer to a question; undefined while there is none. */
export async function readAnswer(folder: string, question: string): Promise<Answer | undefined> {
  try {
    return JSON.parse(await readFile(fileOf(folder, question), 'utf8')) as Answer;
  } catch {
    return undefined;
  }
}

/** Waits for the answer to a question, whichever process gives it; undefined once the signal aborts. */
export async function waitForAnswer(
  folder: string,
  question: string,
  signal: AbortSignal,
): Promise<Answer | undefined> {
  let wake = () => {};
  const watcher = watch(folder, () => wake());
  watcher.on('error', () => undefined);
  try {
    while (!signal.aborted) {
      const stirred = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const answer = await readAnswer(folder, question);
      if (answer !== undefined) return answer;
      const turn = new AbortController();
      const either = AbortSignal.any([signal, turn.signal]);
      await Promise.race([stirred, delay(pollMs, undefined, { signal: either }).catch(() => undefined)]);
      turn.abort();
    }
    return undefined;
  } finally {
    watcher.close();
  }
}

function fileOf(folder: string, question: string): string {
  return join(folder, `answer.${pathPart(question)}.json`);
}
