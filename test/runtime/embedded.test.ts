import { expect, test } from 'vitest';
import type { Outcome } from '../../src/rollout/outcome.ts';
import type { Job } from '../../src/rollout/runtime.ts';
import { createEmbeddedRuntime, type EmbeddedOptions } from '../../src/runtime/embedded.ts';

const jobs = ['a', 'b', 'c', 'd', 'e'].map(
  (host): Job => ({ kind: 'apply', host, play: 'edge', wave: 1, attempt: 1, token: `t-${host}` }),
);

/** Jobs that end when the test says so. */
function handMade(options: Partial<EmbeddedOptions> = {}) {
  const open = new Map<string, (outcome: Outcome) => void>();
  const runtime = createEmbeddedRuntime({
    forks: 2,
    runJob: ({ host }) => new Promise((resolve) => open.set(host, resolve)),
    emit: () => {},
    interruptedBy: () => undefined,
    pause: async () => {},
    answerTo: async () => undefined,
    totals: () => ({ elapsedMs: 5, connections: 7 }),
    ...options,
  });
  const end = async (host: string, kind: 'ok' | 'failed' = 'ok') => {
    const problem = { code: 'x', message: 'x', remedy: 'x' };
    open.get(host)?.(kind === 'ok' ? { host, attempt: 1, kind } : { host, attempt: 1, kind, problem });
    open.delete(host);
    await new Promise(setImmediate);
  };
  return { runtime, end, inFlight: () => [...open.keys()] };
}

test('at most `forks` hosts are in flight, in order, and answers keep the order of the jobs', async () => {
  const { runtime, end, inFlight } = handMade();
  const answers = runtime.runHosts('k', jobs, () => true);
  await new Promise(setImmediate);
  expect(inFlight()).toEqual(['a', 'b']);
  await end('b');
  expect(inFlight()).toEqual(['a', 'c']);
  for (const host of ['c', 'd', 'e', 'a']) await end(host);
  expect((await answers).map(({ host }) => host)).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('`proceed` hears the outcomes in the order they came, and stops further starts', async () => {
  const heard: string[][] = [];
  const { runtime, end } = handMade();
  const answers = runtime.runHosts('k', jobs, (outcomes) => {
    heard.push(outcomes.map(({ host }) => host));
    return !outcomes.some(({ kind }) => kind === 'failed');
  });
  await new Promise(setImmediate);
  await end('b', 'failed');
  await end('a');
  expect(heard).toEqual([[], [], ['b'], ['b'], ['b']]);
  expect((await answers).slice(2)).toMatchObject([
    { host: 'c', kind: 'not_started', because: 'budget' },
    { host: 'd', kind: 'not_started' },
    { host: 'e', kind: 'not_started' },
  ]);
});

test('what was begun before is brought to its end, whatever the budget and an interrupt say', async () => {
  const { runtime, end, inFlight } = handMade({ interruptedBy: () => 'SIGINT' });
  const [a, b] = jobs.map((job, index) => (index === 0 ? { ...job, isBegun: true as const } : job));
  const answers = runtime.runHosts('k', a && b ? [a, b] : [], () => false);
  await new Promise(setImmediate);
  expect(inFlight()).toEqual(['a']);
  await end('a');
  expect(await answers).toMatchObject([
    { host: 'a', kind: 'ok' },
    { host: 'b', kind: 'not_started', because: 'interrupted' },
  ]);
});

test('after an interrupt nothing starts, and what is in flight comes to its end', async () => {
  let signal: string | undefined;
  const { runtime, end } = handMade({ interruptedBy: () => signal });
  const answers = runtime.runHosts('k', jobs, () => true);
  await new Promise(setImmediate);
  expect(await runtime.waitSignal('interrupt', 0)).toBeUndefined();
  signal = 'SIGINT';
  await end('a');
  await end('b');
  expect((await answers).map(({ kind }) => kind)).toEqual([
    'ok',
    'ok',
    'not_started',
    'not_started',
    'not_started',
  ]);
  expect(await runtime.waitSignal('interrupt', 0)).toBe('SIGINT');
});

test('the end of a run is completed with what only a clock and the connections know', () => {
  const events: unknown[] = [];
  const { runtime } = handMade({ emit: (event) => events.push(event) });
  runtime.emit({ type: 'run.finished', exitCode: 0, halted: false, recap: [] });
  expect(events).toEqual([
    { type: 'run.finished', exitCode: 0, halted: false, recap: [], elapsedMs: 5, connections: 7 },
  ]);
});

test('what stops us stops the run after those in flight came to their end', async () => {
  const ends = new Map<string, { resolve: (outcome: Outcome) => void; reject: (error: Error) => void }>();
  const { runtime } = handMade({
    runJob: ({ host }) => new Promise((resolve, reject) => ends.set(host, { resolve, reject })),
  });
  let isSettled = false;
  const answers = runtime
    .runHosts('k', jobs, () => true)
    .finally(() => {
      isSettled = true;
    });
  answers.catch(() => {});
  await new Promise(setImmediate);
  ends.get('a')?.reject(new Error('the journal is full'));
  await new Promise(setImmediate);
  expect(isSettled).toBe(false);
  ends.get('b')?.resolve({ host: 'b', attempt: 1, kind: 'ok' });
  await expect(answers).rejects.toThrow('the journal is full');
  expect([...ends.keys()]).toEqual(['a', 'b']);
});
