import { seededRandom } from '../../src/plan/random.ts';
import type { StoryEvent } from '../../src/rollout/events.ts';
import type { Outcome } from '../../src/rollout/outcome.ts';
import type { Job, Runtime } from '../../src/rollout/runtime.ts';
import { outcome } from './outcomes.ts';

/** What a job ends as, but for not starting. */
export type Kind = Exclude<Outcome['kind'], 'not_started'>;

export type Fleet = {
  readonly forks: number;
  /** Decides in which order jobs in flight complete. */
  readonly seed: number;
  readonly kindOf: (job: Job) => Kind;
  /** A signal arrives after so many starts and ends; undefined for never. */
  readonly interruptAfter?: number | undefined;
  /** What a person says to an approval; undefined: nobody is here. */
  readonly answerOf?: (name: string) => 'approve' | 'abort' | undefined;
};

/** Everything that happened, in order. */
export type Trace = readonly Step[];

export type Step =
  | { readonly step: 'called'; readonly key: string; readonly jobs: readonly Job[] }
  | { readonly step: 'started'; readonly job: Job }
  | { readonly step: 'ended'; readonly job: Job; readonly outcome: Outcome }
  | { readonly step: 'answered'; readonly key: string; readonly outcomes: readonly Outcome[] }
  | { readonly step: 'emitted'; readonly event: StoryEvent };

/**
 * A runtime whose fleet is made up: keeps every promise of the port (forks, order of starts, `proceed` before each
 * start, one answer a job), and lets the jobs in flight end in an order drawn from the seed. No time passes.
 */
export function simulatedRuntime(fleet: Fleet): Runtime & { readonly trace: Trace } {
  const trace: Step[] = [];
  const random = seededRandom(fleet.seed);
  let moves = 0;
  const move = (step: Step) => {
    trace.push(step);
    moves += 1;
  };
  const stopFor = (mayProceed: boolean): 'interrupted' | 'budget' | undefined => {
    if (moves >= (fleet.interruptAfter ?? Number.POSITIVE_INFINITY)) return 'interrupted';
    return mayProceed ? undefined : 'budget';
  };

  async function runHosts(
    key: string,
    jobs: readonly Job[],
    proceed: (outcomes: readonly Outcome[]) => boolean,
  ): Promise<readonly Outcome[]> {
    trace.push({ step: 'called', key, jobs });
    const waiting = [...jobs];
    const inFlight: Job[] = [];
    const ended: Outcome[] = [];
    let because = stopFor(proceed(ended));
    while (inFlight.length > 0 || (waiting.length > 0 && because === undefined)) {
      because ??= stopFor(proceed(ended));
      const next = because === undefined && inFlight.length < fleet.forks ? waiting.shift() : undefined;
      if (next !== undefined) {
        inFlight.push(next);
        move({ step: 'started', job: next });
        continue;
      }
      for (const job of inFlight.splice(Math.floor(random() * inFlight.length), 1)) {
        const end = endOf(job, fleet.kindOf(job));
        ended.push(end);
        move({ step: 'ended', job, outcome: end });
      }
    }
    const ends = new Map(ended.map((end) => [end.host, end]));
    const outcomes = jobs.map(
      ({ host, attempt }): Outcome =>
        ends.get(host) ?? { host, attempt, kind: 'not_started', because: because ?? 'budget' },
    );
    trace.push({ step: 'answered', key, outcomes });
    return outcomes;
  }

  return {
    trace,
    runHosts,
    emit: (event) => void trace.push({ step: 'emitted', event }),
    sleep: async () => {},
    waitSignal: async (name) => {
      if (name !== 'interrupt') return fleet.answerOf?.(name);
      return moves >= (fleet.interruptAfter ?? Number.POSITIVE_INFINITY) ? 'SIGINT' : undefined;
    },
  };
}

function endOf(job: Job, kind: Kind): Outcome {
  const { host, attempt, token } = job;
  // Some rules drop much, some little; nobody drops for an end that is none.
  if (job.kind === 'measure' && kind === 'ok')
    return {
      host,
      attempt,
      kind,
      drops: [{ rule: 'ipv4 filter -P INPUT DROP', perSecond: hashOf(token) % 40 }],
    };
  return kind === 'changed' ? { host, attempt, kind, token } : outcome(host, kind, attempt);
}

/** A number that a text always comes to. */
export function hashOf(text: string): number {
  return [...text].reduce((total, letter) => (total * 31 + letter.charCodeAt(0)) % 65_521, 7);
}
