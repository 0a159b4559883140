import { createHash } from 'node:crypto';
import type { Diff } from '../plan/diff.ts';
import type { Event, EventBody } from '../rollout/events.ts';

export type EventStream = {
  readonly emit: (event: EventBody) => void;
  /** Names a diff by its text; the first time it is met, it goes into the stream. */
  readonly nameDiff: (text: string, changes: Diff) => string;
};

/**
 * Stamps events and hands each to every reader, in order: the journal first, so that nothing is shown that isn't kept.
 * @param earlier what earlier processes told of the run
 */
export function createEventStream(
  run: string,
  now: () => Date,
  readers: readonly ((event: Event) => void)[],
  earlier: readonly Event[] = [],
): EventStream {
  const diffs = new Set(earlier.flatMap((event) => (event.type === 'plan.diff' ? [event.id] : [])));
  let seq = earlier.at(-1)?.seq ?? 0;
  const emit = (body: EventBody) => {
    seq += 1;
    const event: Event = { time: now().toISOString(), run, seq, ...body };
    for (const read of readers) read(event);
  };
  return {
    emit,
    nameDiff: (text, changes) => {
      const id = createHash('sha256').update(text).digest('hex').slice(0, 16);
      if (!diffs.has(id)) {
        diffs.add(id);
        emit({ type: 'plan.diff', id, text, changes });
      }
      return id;
    },
  };
}
