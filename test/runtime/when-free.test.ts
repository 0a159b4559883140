import { expect, it } from 'vitest';
import { whenFree } from '../../src/runtime/when-free.ts';

const locked = {
  kind: 'refused',
  refusals: [{ code: 'locked', text: 'ada@laptop holds the lock' }],
} as const;
const other = { kind: 'refused', refusals: [{ code: 'not-root', text: '' }] } as const;
const free = { kind: 'prepared' } as const;

/** A gateway that says one thing after the other; time passes only where somebody waits. */
async function ask(
  said: readonly (typeof locked | typeof other | typeof free)[],
  waitMs: number,
  stopAtMs = 1e9,
) {
  let clockMs = 0;
  let asked = 0;
  const told: string[] = [];
  const answer = await whenFree(async () => said[Math.min(asked++, said.length - 1)] ?? free, {
    waitMs,
    nowMs: () => clockMs,
    pause: async (ms) => {
      clockMs += ms;
    },
    isStopped: () => clockMs >= stopAtMs,
    waiting: ({ text }) => told.push(text),
  });
  return { answer, asked, told: told.length, clockMs };
}

it.each([
  ['not locked', [free], 10_000, undefined, { answer: free, asked: 1, told: 0, clockMs: 0 }],
  ['no wait', [locked], 0, undefined, { answer: locked, asked: 1, told: 0, clockMs: 0 }],
  ['freed', [locked, locked, free], 60_000, undefined, { answer: free, asked: 3, told: 1, clockMs: 2_500 }],
  ['never freed', [locked], 2_000, undefined, { answer: locked, asked: 3, told: 1, clockMs: 2_000 }],
  [
    'then another refusal',
    [locked, other],
    60_000,
    undefined,
    { answer: other, asked: 2, told: 1, clockMs: 1_000 },
  ],
  ['stopped meanwhile', [locked], 60_000, 500, { answer: locked, asked: 2, told: 1, clockMs: 500 }],
] as const)('%s', async (_name, said, waitMs, stopAtMs, end) => {
  expect(await ask(said, waitMs, stopAtMs)).toEqual(end);
});
