import type { Problem } from '../../problem.ts';
import type { Dialled } from '../../remote.ts';
import type { Event } from '../../rollout/events.ts';
import { graceMs } from '../../runtime/settle.ts';

const pauseMs = 2_000;

/** What a host comes to that can't be reached at all; with anything else it has answered, or whatever stands before it. */
const SILENT = new Set([
  'no-route',
  'connect-timeout',
  'connection-refused',
  'connect-failed',
  'dns-failed',
  'proxy-command-failed',
  'aborted',
]);

/** What asks, and waits. */
export type Probe = {
  readonly dial: (host: string, signal: AbortSignal) => Promise<Dialled>;
  /** How many hosts are asked at once. */
  readonly forks: number;
  readonly pause: (ms: number) => Promise<void>;
  /** The wall clock, by which journals are stamped. */
  readonly nowMs: () => number;
  /** One that nobody sets. */
  readonly elapsedMs: () => number;
  /** Told once, where it has to be waited. */
  readonly onWait: (hosts: readonly string[], ms: number) => void;
};

/**
 * Why nobody answers of the hosts of a run that is to go on: what the first of them came to; undefined where somebody does. A machine
 * whose network isn't up yet would else tell of each gateway in flight that nobody knows what became of it, and that ends the run.
 * Rules on trial may be what keeps a gateway silent: it is asked until the last of them are over.
 *
 * @param hosts those in flight first: they are what is asked about
 */
export async function silenceOf(
  hosts: readonly string[],
  events: readonly Event[],
  probe: Probe,
): Promise<Problem | undefined> {
  const trials = trialsIn(events);
  const leftMs = Math.max(0, ...[...trials.values()].map((trial) => leftOf(trial, probe.nowMs())));
  const endsAtMs = probe.elapsedMs() + leftMs;
  for (let isFirst = true; ; isFirst = false) {
    const silence = await silenceNow(hosts, probe);
    const waitMs = endsAtMs - probe.elapsedMs();
    if (silence === undefined || !(waitMs > 0)) return silence;
    if (isFirst) probe.onWait([...trials.keys()], waitMs);
    await probe.pause(pauseMs);
  }
}

type Trial = { readonly endsAtMs: number; readonly lastsMs: number };

/** By host, what may be on trial there: of jobs that are not known to have ended. */
function trialsIn(events: readonly Event[]): ReadonlyMap<string, Trial> {
  const trials = new Map<string, Trial>();
  for (const event of events) {
    switch (event.type) {
      case 'host.armed': {
        const lastsMs = event.deadlineSeconds * 1000;
        trials.set(event.host, { endsAtMs: Date.parse(event.time) + lastsMs, lastsMs });
        break;
      }
      case 'host.started':
      case 'host.confirmed':
      case 'host.rolledBack':
      case 'host.finished':
        trials.delete(event.host);
        break;
      default:
    }
  }
  return trials;
}

/** Until a gateway has taken it back. However the clock was set since, that is no longer than it lasts. */
function leftOf({ endsAtMs, lastsMs }: Trial, nowMs: number): number {
  return Math.min(endsAtMs - nowMs, lastsMs) + graceMs;
}

async function silenceNow(hosts: readonly string[], probe: Probe): Promise<Problem | undefined> {
  let first: Problem | undefined;
  for (let begin = 0; begin < hosts.length; begin += probe.forks) {
    const problems = await silencesOf(hosts.slice(begin, begin + probe.forks), probe);
    if (problems === undefined) return undefined;
    first ??= problems[0];
  }
  return first;
}

/** Asks all at once, and leaves the others once one has answered. */
async function silencesOf(
  hosts: readonly string[],
  { dial }: Probe,
): Promise<readonly Problem[] | undefined> {
  const enough = new AbortController();
  const problems = await Promise.all(
    hosts.map(async (host) => {
      const dialled = await dial(host, enough.signal);
      if (dialled.kind === 'connected') dialled.remote.close();
      else if (SILENT.has(dialled.problem.code)) return [dialled.problem];
      enough.abort();
      return [];
    }),
  );
  return enough.signal.aborted ? undefined : problems.flat();
}
