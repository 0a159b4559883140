import type { Dialled } from '../../remote.ts';
import type { Event } from '../../rollout/events.ts';

/** Of those in flight, and of the others, so many are asked. */
const ASKED = 4;
const pauseMs = 2_000;
/** A gateway needs a moment to take back what has run out. */
const takingBackMs = 10_000;

/** What asks, and waits. */
export type Probe = {
  readonly dial: (host: string, signal: AbortSignal) => Promise<Dialled>;
  readonly pause: (ms: number) => Promise<void>;
  /** The wall clock, by which journals are stamped. */
  readonly nowMs: () => number;
  /** Told once, where it has to be waited. */
  readonly onWait: (hosts: readonly string[], untilMs: number) => void;
};

/** Nobody answers: whom was asked, and what the first of them came to. */
export type Silence = { readonly hosts: readonly string[]; readonly why: string };

/**
 * Whether anybody answers of the hosts of a run that is to go on; undefined where somebody does. A machine whose network isn't up
 * yet would else tell of each gateway in flight that nobody knows what became of it, and that ends the run. Rules on trial may be what
 * keeps a gateway silent: it is asked until the last of them are over.
 */
export async function silenceOf(
  inFlight: readonly string[],
  others: readonly string[],
  events: readonly Event[],
  probe: Probe,
): Promise<Silence | undefined> {
  const hosts = [...inFlight.slice(0, ASKED), ...others.slice(0, ASKED)];
  const untilMs = trialsEndMs(new Set(inFlight), events);
  for (let isFirst = true; ; isFirst = false) {
    const why = await whyNone(hosts, probe);
    if (why === undefined) return undefined;
    if (probe.nowMs() >= untilMs) return { hosts, why };
    if (isFirst) probe.onWait(hosts, untilMs);
    await probe.pause(pauseMs);
  }
}

/** When those in flight have taken back the last of what they may have on trial; 0 where there is nothing. */
function trialsEndMs(inFlight: ReadonlySet<string>, events: readonly Event[]): number {
  const ends = events.flatMap((event) =>
    event.type === 'host.armed' && inFlight.has(event.host)
      ? [Date.parse(event.time) + event.deadlineSeconds * 1000 + takingBackMs]
      : [],
  );
  return Math.max(0, ...ends);
}

/** Asks all at once, and leaves the others once one has answered; why the first one doesn't answer, where none does. */
async function whyNone(hosts: readonly string[], { dial }: Probe): Promise<string | undefined> {
  const enough = new AbortController();
  const problems = await Promise.all(
    hosts.map(async (host) => {
      const dialled = await dial(host, enough.signal);
      if (dialled.kind === 'unreachable') return dialled.problem.message;
      dialled.remote.close();
      enough.abort();
      return undefined;
    }),
  );
  return enough.signal.aborted ? undefined : problems[0];
}
