import { expect, test } from 'vitest';
import type { Event } from '../../src/rollout/events.ts';
import { createEventStream } from '../../src/runtime/stream.ts';

const NONE = { tables: [], sets: [], sysctls: [] };

test('events are stamped without gaps and reach every reader in order; a diff is told once', () => {
  const read: [string, Event][] = [];
  const readers = ['journal', 'view'].map((name) => (event: Event) => void read.push([name, event]));
  const stream = createEventStream('r1', () => new Date(0), readers);
  const first = stream.nameDiff('-a\n+b\n', NONE);
  const again = stream.nameDiff('-a\n+b\n', NONE);
  stream.emit({ type: 'interrupt.received', signal: 'SIGINT', inFlight: 2 });
  expect(again).toBe(first);
  expect(read.map(([name, { seq, type, run, time }]) => [name, seq, type, run, time])).toEqual(
    [
      ['journal', 1, 'plan.diff'],
      ['view', 1, 'plan.diff'],
      ['journal', 2, 'interrupt.received'],
      ['view', 2, 'interrupt.received'],
    ].map((row) => [...row, 'r1', '1970-01-01T00:00:00.000Z']),
  );
});
