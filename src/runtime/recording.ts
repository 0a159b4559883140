import type { Event, EventBody, HostRef, StoryEvent } from '../rollout/events.ts';
import type { Outcome } from '../rollout/outcome.ts';
import type { Job } from '../rollout/runtime.ts';

/** What a journal says of the part of a run that was told already. */
export type Recording = {
  /** The ends of those of some jobs that came to one, in the order in which they did. */
  readonly endsOf: (jobs: readonly Job[]) => readonly Outcome[];
  /** Begun, and with no end: its process died. */
  readonly isInFlight: (job: Job) => boolean;
  /** When a wait is over; undefined for one that had not begun. */
  readonly untilOf: (name: string) => string | undefined;
  /** What a person said. */
  readonly answerTo: (name: string) => string | undefined;
  /** Takes one event of this content off those that were told; false where there is none left. */
  readonly takeTold: (event: StoryEvent) => boolean;
};

/** Reads the events of a run. Pure. */
export function recordingOf(events: readonly Event[]): Recording {
  const ends = new Map<string, { readonly place: number; readonly outcome: Outcome }>();
  const begun = new Set<string>();
  const untils = new Map<string, string>();
  const answers = new Map<string, string>();
  const told = new Map<string, number>();
  for (const [place, event] of events.entries()) {
    switch (event.type) {
      case 'host.started':
        if (event.job !== undefined) begun.add(keyOf(event.job, event));
        break;
      case 'host.finished':
        if (event.job === undefined) break;
        // Asked to stop while it waited for its gateway's lock: it is begun anew.
        if (event.outcome.kind === 'not_started') begun.delete(keyOf(event.job, event));
        else ends.set(keyOf(event.job, event), { place, outcome: event.outcome });
        break;
      case 'host.verified':
        ends.set(keyOf('verify', event), { place, outcome: event.outcome });
        break;
      case 'host.measured':
        ends.set(keyOf('measure', event), { place, outcome: event.outcome });
        break;
      case 'sleep.started':
        if (!untils.has(event.name)) untils.set(event.name, event.until);
        break;
      case 'approval.given':
        if (!answers.has(event.name)) answers.set(event.name, event.answer);
        break;
      default: {
        const content = contentOf(event);
        told.set(content, (told.get(content) ?? 0) + 1);
      }
    }
  }
  return {
    endsOf: (jobs) =>
      jobs
        .flatMap((job) => ends.get(keyOf(job.kind, job)) ?? [])
        .toSorted((left, right) => left.place - right.place)
        .map(({ outcome }) => outcome),
    isInFlight: (job) => {
      const key = keyOf(job.kind, job);
      return begun.has(key) && !ends.has(key);
    },
    untilOf: (name) => untils.get(name),
    answerTo: (name) => answers.get(name),
    takeTold: (event) => {
      const content = contentOf(event);
      const left = told.get(content) ?? 0;
      if (left > 0) told.set(content, left - 1);
      return left > 0;
    },
  };
}

function keyOf(kind: Job['kind'], { play, wave, host, attempt }: HostRef): string {
  return JSON.stringify([kind, play, wave, host, attempt]);
}

/** An event without its stamp, as text: the same for one that was just told and for one that was read from a file. */
function contentOf(event: EventBody | StoryEvent): string {
  const { time: _, run: __, seq: ___, ...body } = event as Event;
  return JSON.stringify(body, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : value,
  );
}
