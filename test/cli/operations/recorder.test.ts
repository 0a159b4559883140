import { expect, test } from 'vitest';
import { createRecorder } from '../../../src/cli/operations/recorder.ts';

const event = {
  type: 'interrupt.received',
  signal: 'SIGINT',
  inFlight: 1,
  time: '',
  run: 'r',
  seq: 1,
} as const;

test('a journal that fails breaks nothing off, and its first failure is told', () => {
  const full = new Error('ENOSPC');
  const recorder = createRecorder({
    append: () => {
      throw full;
    },
    hostFile: () => {
      throw new Error('later');
    },
  });
  expect(recorder.failure()).toBeUndefined();
  recorder.append(event);
  recorder.keep('gw1', 't1', 'diff', '+x');
  expect(recorder.failure()).toBe(full);
});

test('what is written is written', () => {
  const written: unknown[] = [];
  const recorder = createRecorder({
    append: (one) => void written.push(one),
    hostFile: (...file) => void written.push(file),
  });
  recorder.append(event);
  recorder.keep('gw1', 't1', 'diff', '+x');
  expect(written).toEqual([event, ['gw1', 't1', 'diff', '+x']]);
  expect(recorder.failure()).toBeUndefined();
});
