import { createInterface } from 'node:readline';
import { type Answer, giveAnswer, readAnswer, waitForAnswer } from '../../journal/answers.ts';
import type { EventBody } from '../../rollout/events.ts';
import { approvalWord } from '../../rollout/questions.ts';
import { forgetTypedAhead, hasTerminal } from './ask.ts';
import type { Interrupts } from './interrupts.ts';
import { operatorName } from './reach.ts';

/** Of a run whose story asks. */
export type Asking = {
  /** Of the run's journal. */
  readonly folder: string;
  /** The number of the pause that the question stands for. */
  readonly pause: number;
  /** Whether the person at the terminal is to be asked. */
  readonly isAttended: boolean;
  readonly interrupts: Pick<Interrupts, 'instead'>;
  readonly emit: (event: EventBody) => void;
};

/**
 * The answer to a question of the story: the one that was given already, or the first that is given now, here or by another process.
 * Undefined where nobody is here to give it, or whoever was has left: the run waits.
 */
export async function answerTo(question: string, asking: Asking): Promise<Answer['answer'] | undefined> {
  const { folder, isAttended, emit } = asking;
  const known = await readAnswer(folder, question);
  const given = known ?? (isAttended && hasTerminal() ? await askHere(question, asking) : undefined);
  if (given === undefined) return undefined;
  emit({ type: 'approval.given', name: question, answer: given.answer, by: given.by });
  return given.answer;
}

/** Asks on the terminal, while others may answer elsewhere. Ctrl-C, or the end of the input, leaves. */
async function askHere(question: string, { folder, pause, interrupts }: Asking): Promise<Answer | undefined> {
  forgetTypedAhead();
  // What is typed to approve an earlier question, which somebody else answers at that moment, doesn't name this one.
  const approve = approvalWord(pause);
  const over = new AbortController();
  const release = interrupts.instead(() => over.abort());
  const lines = createInterface({ input: process.stdin, terminal: false });
  const ask = () => process.stderr.write(`Go on? [${approve}/abort] `);
  const onLine = (line: string) => {
    const typed = line.trim().replace(/\s+/g, ' ');
    if (![approve, `approve ${pause}`, 'abort'].includes(typed)) return ask();
    const answer = typed === 'abort' ? 'abort' : 'approve';
    const time = new Date().toISOString();
    // Whoever was first counts; the wait below reads whose answer it is.
    try {
      return giveAnswer(folder, question, { answer, by: operatorName(), time });
    } catch {
      return over.abort();
    }
  };
  lines.on('line', onLine);
  lines.on('close', () => over.abort());
  try {
    ask();
    const answer = await waitForAnswer(folder, question, over.signal);
    // Nobody has ended the line.
    if (answer === undefined || answer.by !== operatorName()) process.stderr.write('\n');
    return answer ?? (await readAnswer(folder, question));
  } finally {
    release();
    // Without a terminal of its own, readline goes on to hear what is typed after it was closed.
    lines.removeAllListeners();
    lines.close();
  }
}
