import { expect, test } from 'vitest';
import type { Dialled } from '../../src/remote.ts';
import { dialAgain } from '../../src/runtime/dial.ts';
import type { HostContext } from '../../src/runtime/host-context.ts';

const refused: Dialled = {
  kind: 'unreachable',
  problem: { code: 'unreachable', host: 'gw1', message: 'no route to host', remedy: '' },
};
const connected: Dialled = {
  kind: 'connected',
  remote: {
    run: () => expect.unreachable(),
    open: () => expect.unreachable(),
    fresh: () => expect.unreachable(),
    close: () => {},
  },
};

/** How often a host is dialled that can be reached from some second on, or never. */
async function tried(
  tries: number,
  {
    from = Number.POSITIVE_INFINITY,
    awayUntil,
    stoppedAt = Number.POSITIVE_INFINITY,
  }: { readonly from?: number; readonly awayUntil?: number; readonly stoppedAt?: number } = {},
) {
  let ms = 100_000;
  const startMs = ms;
  const seconds = () => (ms - startMs) / 1_000;
  const context: HostContext = {
    scripts: { boot: '', kept: '', program: '', helper: '' },
    owner: 'me@here',
    takeOver: false,
    connectTimeoutMs: 10_000,
    dial: async () => (seconds() >= from ? connected : refused),
    inputOf: () => expect.unreachable(),
    checksOf: () => [],
    renew: () => {},
    seenBefore: new Map(),
    emit: () => {},
    nameDiff: () => '',
    keep: async () => {},
    nowMs: () => ms,
    wasAwaySince: (since) => awayUntil !== undefined && startMs + awayUntil * 1_000 >= since,
    isStopped: () => seconds() >= stoppedAt,
    pause: async (pauseMs) => {
      ms += pauseMs;
    },
  };
  const { dialled, tried } = await dialAgain('gw1', tries, context);
  return `${dialled.kind} at ${tried}`;
}

test('a host is dialled as often as told', async () => {
  expect(await tried(1)).toBe('unreachable at 1');
  expect(await tried(3)).toBe('unreachable at 3');
  expect(await tried(3, { from: 1 })).toBe('connected at 2');
});

test('after this machine was asleep its network has half a minute to come back', async () => {
  expect(await tried(1, { from: 20, awayUntil: -1 })).toBe('connected at 21');
  expect(await tried(1, { awayUntil: -1 })).toBe('unreachable at 31');
  expect(await tried(1, { awayUntil: -60 })).toBe('unreachable at 1');
});

test('who asked for a stop waits for nobody', async () => {
  expect(await tried(3, { awayUntil: -1, stoppedAt: 4 })).toBe('unreachable at 5');
});
