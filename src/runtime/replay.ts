import type { Outcome } from '../rollout/outcome.ts';
import type { Job, Runtime } from '../rollout/runtime.ts';
import type { Recording } from './recording.ts';

export type Waiting = {
  /** Milliseconds from now until then, by the wall clock: the process that began a wait may have died days ago. */
  readonly msUntil: (time: string) => number;
  /** Ends early when a person asks the run to stop. */
  readonly pause: (ms: number) => Promise<void>;
};

/**
 * The runtime of a run that is taken up again: it answers from what was recorded, then goes on for real. So the story tells itself
 * the same way up to where it was cut, and the same decisions follow.
 *
 * Jobs that were in flight come first and are begun by nobody; whether further hosts may start is asked with what was recorded, too.
 * What a person asks this process is heard once the recorded part is over: in its middle it would be as if the rest never happened.
 */
export function resumedRuntime(recording: Recording, live: Runtime, { msUntil, pause }: Waiting): Runtime {
  let isLive = false;
  return {
    runHosts: async (key, jobs, proceed) => {
      const ends = recording.endsOf(jobs);
      const ended = new Map(ends.map((end) => [end.host, end]));
      const left = jobs.filter(({ host }) => !ended.has(host));
      const begun = left.filter(recording.isInFlight);
      const others = left.filter((job) => !recording.isInFlight(job));
      const answers =
        begun.length === 0 && (others.length === 0 || !proceed(ends))
          ? others.map(overBudget)
          : await goOn([...begun.map((job) => ({ ...job, isBegun: true as const })), ...others]);
      for (const answer of answers) ended.set(answer.host, answer);
      return jobs.map((job) => ended.get(job.host) ?? overBudget(job));

      async function goOn(rest: readonly Job[]): Promise<readonly Outcome[]> {
        isLive = true;
        return live.runHosts(key, rest, (soFar) => proceed([...ends, ...soFar]));
      }
    },
    sleep: async (name, ms) => {
      const until = recording.untilOf(name);
      const leftMs = until === undefined ? ms : Math.min(ms, msUntil(until));
      if (leftMs <= 0) return;
      isLive = true;
      await (until === undefined ? live.sleep(name, ms) : pause(leftMs));
    },
    waitSignal: async (name, timeoutMs) => {
      if (name === 'interrupt') return isLive ? live.waitSignal(name, timeoutMs) : undefined;
      const answer = recording.answerTo(name);
      if (answer !== undefined) return answer;
      isLive = true;
      return live.waitSignal(name, timeoutMs);
    },
    emit: (event) => {
      // An end that was told before was that of a process: it stopped, and the run had not ended.
      if (event.type === 'run.finished' || !recording.takeTold(event)) live.emit(event);
    },
  };
}

function overBudget({ host, attempt }: Job): Outcome {
  return { host, attempt, kind: 'not_started', because: 'budget' };
}
