import { expect, test } from 'vitest';
import type { Event, EventBody } from '../../src/rollout/events.ts';
import type { Outcome } from '../../src/rollout/outcome.ts';
import type { Job, Runtime } from '../../src/rollout/runtime.ts';
import { recordingOf } from '../../src/runtime/recording.ts';
import { resumedRuntime } from '../../src/runtime/replay.ts';

const jobs = ['a', 'b', 'c'].map(
  (host): Job => ({ kind: 'apply', host, play: 'edge', wave: 1, attempt: 1, token: `t-${host}` }),
);
const ref = (host: string) => ({ host, play: 'edge', wave: 1, attempt: 1, job: 'apply' as const });
const started = (host: string): EventBody => ({ type: 'host.started', ...ref(host) });
const finished = (host: string): EventBody => ({
  type: 'host.finished',
  ...ref(host),
  outcome: { host, attempt: 1, kind: 'ok' },
});

/** A resumed run, and what it asked of the world. */
function resumed(bodies: readonly EventBody[], msUntil = 0, signal?: string) {
  const events = bodies.map((body, index): Event => ({ time: '', run: 'r', seq: index + 1, ...body }));
  const asked: string[] = [];
  const live: Runtime = {
    runHosts: async (_key, some, proceed) => {
      for (const { host, isBegun } of some) asked.push(`${isBegun ? 'settle' : 'run'} ${host}`);
      asked.push(`proceed ${proceed([])}`);
      return some.map(({ host, attempt }): Outcome => ({ host, attempt, kind: 'ok' }));
    },
    sleep: async (name) => void asked.push(`sleep ${name}`),
    waitSignal: async (name) => {
      asked.push(`signal ${name}`);
      return signal;
    },
    emit: ({ type }) => void asked.push(`emit ${type}`),
  };
  const pause = async (ms: number) => void asked.push(`pause ${ms}`);
  return { asked, runtime: resumedRuntime(recordingOf(events), live, { msUntil: () => msUntil, pause }) };
}

test('what has ended answers, what is in flight is settled first, and the budget knows of both', async () => {
  const { asked, runtime } = resumed([started('c'), started('a'), finished('c')]);
  const heard: number[] = [];
  const answers = await runtime.runHosts('k', jobs, (soFar) => heard.push(soFar.length) > 0);
  expect(answers.map(({ host }) => host)).toEqual(['a', 'b', 'c']);
  expect(asked).toEqual(['settle a', 'run b', 'proceed true']);
  expect(heard).toEqual([1]);
});

test('what was told not to have started begins anew', async () => {
  const notStarted = { host: 'a', attempt: 1, kind: 'not_started', because: 'interrupted' } as const;
  const { asked, runtime } = resumed([
    started('a'),
    { type: 'host.finished', ...ref('a'), outcome: notStarted },
    started('b'),
  ]);
  await runtime.runHosts('k', jobs, () => true);
  expect(asked).toEqual(['settle b', 'run a', 'run c', 'proceed true']);
});

test('a budget that is spent starts nobody, and does not ask the world', async () => {
  const { asked, runtime } = resumed([started('a'), finished('a')]);
  const answers = await runtime.runHosts('k', jobs, () => false);
  expect(answers.map(({ kind }) => kind)).toEqual(['ok', 'not_started', 'not_started']);
  expect(asked).toEqual([]);
});

test('an interrupt is heard once the recorded part is over', async () => {
  const { runtime } = resumed([started('a'), finished('a')], 0, 'SIGINT');
  const [first, ...others] = jobs;
  await runtime.runHosts('k', first ? [first] : [], () => true);
  expect(await runtime.waitSignal('interrupt', 0)).toBeUndefined();
  await runtime.runHosts('l', others, () => true);
  expect(await runtime.waitSignal('interrupt', 0)).toBe('SIGINT');
});

test.each([
  [5_000, ['pause 5000', 'sleep other']],
  [-1, ['sleep other']],
  // The clock was set back: no wait is longer than it was.
  [99_000, ['pause 10000', 'sleep other']],
])('of a wait, what is left of it is waited for: %i ms', async (left, expected) => {
  const { asked, runtime } = resumed([{ type: 'sleep.started', name: 'bake', until: 'then' }], left);
  await runtime.sleep('bake', 10_000);
  await runtime.sleep('other', 10_000);
  expect(asked).toEqual(expected);
});

test('an answer that was given holds, and what was told is told as often as it happens', async () => {
  const asks: EventBody = { type: 'approval.asked', name: 'q', play: 'edge', wave: 1, after: 'canary' };
  const stopped = { type: 'run.finished', exitCode: 130, halted: false, recap: [] } as const;
  const { asked, runtime } = resumed([
    asks,
    { type: 'approval.given', name: 'q', answer: 'abort', by: 'ada@laptop' },
    { ...stopped, elapsedMs: 1, connections: 1 },
  ]);
  // As a file may have it: keys in another order.
  runtime.emit({ after: 'canary', wave: 1, play: 'edge', name: 'q', type: 'approval.asked' });
  expect(await runtime.waitSignal('q', 1)).toBe('abort');
  expect(asked).toEqual([]);
  runtime.emit(asks);
  runtime.emit(stopped);
  expect(asked).toEqual(['emit approval.asked', 'emit run.finished']);
});
