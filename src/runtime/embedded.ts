import pLimit from 'p-limit';
import type { EventBody } from '../rollout/events.ts';
import type { Outcome } from '../rollout/outcome.ts';
import type { Job, Runtime } from '../rollout/runtime.ts';

export type EmbeddedOptions = {
  /** Hosts at once. */
  readonly forks: number;
  readonly runJob: (job: Job) => Promise<Outcome>;
  readonly emit: (event: EventBody) => void;
  /** The name of the signal that asked the run to stop; undefined while none did. */
  readonly interruptedBy: () => string | undefined;
  readonly pause: (ms: number) => Promise<void>;
  /** Waits for a person's answer to a question of the story; undefined where nobody is here to give it. */
  readonly answerTo: (name: string) => Promise<string | undefined>;
  /** Of the run so far. */
  readonly totals: () => { readonly elapsedMs: number; readonly connections: number };
};

/** The story's runtime inside this very process. */
export function createEmbeddedRuntime(options: EmbeddedOptions): Runtime {
  const { forks, runJob, emit, interruptedBy, pause, answerTo, totals } = options;
  return {
    runHosts: async (_key, jobs, proceed) => {
      const limit = pLimit(forks);
      const completed: Outcome[] = [];
      let isBroken = false;
      const run = async (job: Job): Promise<Outcome> => {
        const who = { host: job.host, attempt: job.attempt };
        if (job.isBegun !== true) {
          if (isBroken || interruptedBy() !== undefined)
            return { ...who, kind: 'not_started', because: 'interrupted' };
          if (!proceed(completed)) return { ...who, kind: 'not_started', because: 'budget' };
        }
        try {
          const outcome = await runJob(job);
          completed.push(outcome);
          return outcome;
        } catch (error) {
          isBroken = true;
          throw error;
        }
      };
      // What stops us, as a journal that can't be written, stops after those in flight came to their end.
      const settled = await Promise.allSettled(jobs.map((job) => limit(() => run(job))));
      return settled.map((one) => {
        if (one.status === 'rejected') throw one.reason;
        return one.value;
      });
    },
    sleep: async (name, ms) => {
      emit({ type: 'sleep.started', name, until: new Date(Date.now() + ms).toISOString() });
      await pause(ms);
    },
    waitSignal: async (name) => (name === 'interrupt' ? interruptedBy() : answerTo(name)),
    emit: (event) => emit(event.type === 'run.finished' ? { ...event, ...totals() } : event),
  };
}
