import type { Outcome } from './outcome.ts';
import type { Job, Runtime } from './runtime.ts';

/** Something to do to several hosts, each as often as it takes to settle. */
type Task = {
  /** Names the task within the run. */
  readonly key: string;
  /** One a host, in the order in which they start; given the attempt, from 1. */
  readonly jobs: readonly ((attempt: number) => Job)[];
  /** Whether a further host may start; asked with the outcomes that have settled. Pure. */
  readonly mayStartNext: (settled: readonly Outcome[]) => boolean;
};

type Attempts = {
  /** The last outcome of each host, in the order of the jobs. */
  readonly outcomes: readonly Outcome[];
  /** The run was asked to stop: nothing further may start. */
  readonly isInterrupted: boolean;
};

const maxAttempts = 3;

/**
 * Runs a task; hosts whose attempt was `interrupted` are tried again, with a new token, at most twice more.
 *
 * A trial that ran out while the controller was away says nothing about the change, so it counts only after the last try.
 */
export async function runUntilSettled(task: Task, runtime: Pick<Runtime, 'runHosts'>): Promise<Attempts> {
  const last = new Map<string, Outcome>();
  let due = task.jobs;
  let isInterrupted = false;
  for (let attempt = 1; due.length > 0; attempt++) {
    const isLast = attempt === maxAttempts;
    const settled = [...last.values()].filter(({ kind }) => kind !== 'interrupted');
    const mayStartNext = (soFar: readonly Outcome[]) =>
      task.mayStartNext([...settled, ...soFar.filter(({ kind }) => isLast || kind !== 'interrupted')]);

    const jobs = due.map((jobOf) => jobOf(attempt));
    const answers = await runtime.runHosts(`${task.key}.a${attempt}`, jobs, mayStartNext);
    for (const answer of answers) {
      // A retry that never started leaves what the attempt before it came to.
      if (answer.kind !== 'not_started' || !last.has(answer.host)) last.set(answer.host, answer);
    }
    isInterrupted = answers.some(
      (answer) => answer.kind === 'not_started' && answer.because === 'interrupted',
    );
    const isOver = isLast || isInterrupted || !mayStartNext(answers);
    due = isOver ? [] : due.filter((_, index) => answers[index]?.kind === 'interrupted');
  }
  return { outcomes: [...last.values()], isInterrupted };
}
