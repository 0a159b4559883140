import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { giveAnswer, readAnswer, waitForAnswer } from '../../src/journal/answers.ts';
import { reopenJournal } from '../../src/journal/journal.ts';
import { thisProcess } from '../../src/journal/process.ts';
import { readEvents } from '../../src/journal/read.ts';
import { summariseRun } from '../../src/journal/summary.ts';
import { latestWork, takeUp } from '../../src/journal/working.ts';
import { event, open, RUN_ID } from './example.ts';

test('a journal goes on after its last whole line', async () => {
  const journal = open();
  journal.append(event(1));
  await journal.close();
  appendFileSync(join(journal.folder, 'events.jsonl'), '{"type":"host.arm');
  const again = reopenJournal(journal.folder);
  again.append(event(2));
  again.hostFile('gw-1', 't1', 'diff', 'x');
  await again.close();
  expect(await readEvents(journal.folder)).toEqual([event(1), event(2)]);
});

test('of several that take a run up at once one does, and history says that it runs', async () => {
  const journal = open();
  journal.append(event(1));
  await journal.close();
  const { folder } = journal;
  const first = await latestWork(folder, undefined);
  expect(first).toEqual({ number: 1, process: undefined });
  const work = { process: thisProcess(), operator: 'ada@laptop', since: '2026-11-26T02:00:00.000Z' };
  const taken = await Promise.all([1, 2, 3, 4].map(() => takeUp(folder, first, work)));
  expect(taken.filter(Boolean)).toHaveLength(1);
  expect(await latestWork(folder, undefined)).toEqual({ number: 2, ...work });
  expect(await summariseRun(folder, RUN_ID)).toMatchObject({ outcome: 'running', work });
});

test('the first answer counts, and whoever waits hears it', async () => {
  const { folder, close } = open();
  await close();
  const over = new AbortController();
  const heard = waitForAnswer(folder, 'approval.p0.w1', over.signal);
  await setImmediate();
  const answer = { answer: 'approve', by: 'ada@laptop', time: 'now' } as const;
  expect(giveAnswer(folder, 'approval.p0.w1', answer)).toBe(true);
  expect(giveAnswer(folder, 'approval.p0.w1', { ...answer, answer: 'abort' })).toBe(false);
  expect(await heard).toEqual(answer);
  expect(await readAnswer(folder, 'approval.p0.w2')).toBeUndefined();
  const other = waitForAnswer(folder, 'approval.p0.w2', over.signal);
  over.abort();
  expect(await other).toBeUndefined();
});
