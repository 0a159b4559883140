import { expect, test } from 'vitest';
import { createChunkQueue } from '../../src/ssh/chunk-queue.ts';

const chunk = (text: string) => Buffer.from(text);

test('gives what came before and what comes while one waits, then ends', async () => {
  const queue = createChunkQueue();
  const reader = queue.chunks[Symbol.asyncIterator]();
  queue.push(chunk('a'));
  queue.push(chunk('b'));
  expect(await reader.next()).toEqual({ done: false, value: chunk('a') });
  expect(await reader.next()).toEqual({ done: false, value: chunk('b') });
  const waiting = reader.next();
  queue.push(chunk('c'));
  expect(await waiting).toEqual({ done: false, value: chunk('c') });
  const last = reader.next();
  queue.finish();
  expect(await last).toMatchObject({ done: true });
});

test('what is queued at the end is still read', async () => {
  const queue = createChunkQueue();
  queue.push(chunk('a'));
  queue.finish();
  queue.push(chunk('too late'));
  const read: string[] = [];
  for await (const each of queue.chunks) read.push(Buffer.from(each).toString());
  expect(read).toEqual(['a']);
});

test('a reader that stops early is no harm to the writer', async () => {
  const queue = createChunkQueue();
  queue.push(chunk('a'));
  for await (const _ of queue.chunks) break;
  queue.push(chunk('b'));
  queue.finish();
  const read: Uint8Array[] = [];
  for await (const each of queue.chunks) read.push(each);
  expect(read).toEqual([]);
});
