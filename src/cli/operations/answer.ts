import { setTimeout as delay } from 'node:timers/promises';
import { readAnswer } from '../../journal/answers.ts';
import { readEvents } from '../../journal/read.ts';
import { ProblemsError } from '../../problem.ts';
import { questionOf } from '../../rollout/questions.ts';
import { readHistory } from './history.ts';
import { give, questionFor, type Said } from './resume.ts';
import { alreadyAnswered, notWaiting } from './resume-refusals.ts';

/** How long the process that asks may take to hear an answer: it looks every two seconds at the latest. */
const hearMs = 10_000;

/** What became of an answer. */
export type Handed =
  /** The process that asked goes on with it. */
  | { readonly kind: 'heard'; readonly run: string; readonly process: string }
  /** It is kept; whether the process lives that asked, nobody here can tell. */
  | { readonly kind: 'kept'; readonly run: string; readonly process: string }
  /** Nobody works on the run: whoever answers has to go on with it. */
  | { readonly kind: 'nobody-there' };

/**
 * Hands a person's answer to the process of a run that asks for it, if it lives.
 * @throws ProblemsError where the run waits for no answer, or has one
 */
export async function handAnswer(cwd: string, word: string, answer: Said): Promise<Handed> {
  const history = await readHistory(cwd, word);
  const { summary, work, folder } = history;
  const isOver = ['done', 'drifted', 'halted', 'failed'].includes(summary.outcome);
  if (isOver) throw new ProblemsError([notWaiting(history)]);
  const asked = questionOf(history.events);
  const first = asked === undefined ? undefined : await readAnswer(folder, asked.name);
  if (first !== undefined) throw new ProblemsError([alreadyAnswered(summary, first)]);
  const question = questionFor(answer, history);
  if (summary.outcome !== 'running' && summary.outcome !== 'open') return { kind: 'nobody-there' };
  await give(history, question, answer.word);
  const process = `process ${work.process?.pid} on ${work.process?.host}`;
  const handed = { run: summary.id, process };
  for (const startedMs = performance.now(); performance.now() - startedMs < hearMs; ) {
    if (questionOf(await readEvents(folder))?.name !== question.name) return { kind: 'heard', ...handed };
    await delay(200);
  }
  return { kind: 'kept', ...handed };
}
