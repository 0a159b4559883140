import { constants, PerformanceObserver } from 'node:perf_hooks';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { collectorAfter } from '../../src/cli/heap.ts';

it('collects whenever so many jobs have ended', () => {
  let collected = 0;
  const ended = collectorAfter(3, () => {
    collected += 1;
  });
  const after = Array.from({ length: 7 }, () => {
    ended();
    return collected;
  });
  expect(after).toEqual([0, 0, 1, 1, 1, 2, 2]);
});

it('is nothing that a job could fail by', () => {
  const ended = collectorAfter(1, () => {
    throw new Error('no context');
  });
  expect(ended).not.toThrow();
});

/** What V8 says of a collection of the whole heap that was asked for. */
const asked = {
  kind: constants.NODE_PERFORMANCE_GC_MAJOR,
  flags: constants.NODE_PERFORMANCE_GC_FLAGS_FORCED,
};

it('collects all of the heap, and leaves nobody the means', async () => {
  const collected = new Promise<void>((resolve) => {
    const observer = new PerformanceObserver((list) => {
      // Node's types lack what it says of a collection.
      const entries: object[] = list.getEntries();
      const collections = (entries as { detail: typeof asked }[]).map(({ detail }) => detail);
      const isAsked = ({ kind, flags }: typeof asked) => kind === asked.kind && (flags & asked.flags) !== 0;
      if (!collections.some(isAsked)) return;
      observer.disconnect();
      resolve();
    });
    observer.observe({ entryTypes: ['gc'] });
  });
  collectorAfter(1)();
  await collected;
  expect(runInNewContext('typeof gc')).toBe('undefined');
});
