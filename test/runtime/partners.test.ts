import { expect, test } from 'vitest';
import type { Remote, RemoteResult } from '../../src/remote.ts';
import type { Job } from '../../src/rollout/runtime.ts';
import type { HostContext } from '../../src/runtime/host-context.ts';
import { partnerObjection } from '../../src/runtime/partners.ts';

const answer = (...lines: readonly string[]) => lines.map((line) => `#sluice ${line}\n`).join('');
const locked = (...facts: readonly string[]) =>
  answer(
    ...['token t9', 'owner ada@desk', 'play edge', 'since 2026-01-01T00:00:00Z', ...facts].map(
      (fact) => `value lock ${fact}`,
    ),
    'end reported',
  );

/** Why gw1 must not be changed, by what its partner says of its lock; it has no checks. */
async function objectionWith(said: string | Exclude<RemoteResult, { kind: 'exited' }>, isDone = true) {
  const remote: Remote = {
    run: async () =>
      typeof said === 'string' ? { kind: 'exited', code: 0, stdout: said, stderr: '' } : said,
    open: () => expect.unreachable(),
    fresh: () => expect.unreachable(),
    close: () => {},
  };
  const context: HostContext = {
    scripts: { boot: '', kept: '', program: '', helper: '' },
    owner: 'me@here',
    takeOver: false,
    connectTimeoutMs: 10_000,
    dial: async () => ({ kind: 'connected', remote }),
    inputOf: () => expect.unreachable(),
    checksOf: () => [],
    renew: () => {},
    seenBefore: new Map(),
    emit: () => {},
    nameDiff: () => '',
    keep: async () => {},
    nowMs: () => 0,
    pause: (_, signal) =>
      new Promise((resolve) => signal?.addEventListener('abort', () => resolve(undefined))),
  };
  const job: Job = {
    ...{ kind: 'apply', host: 'gw1', play: 'edge', wave: 2, attempt: 1, token: 't1' },
    partners: [{ host: 'gw2', isDone }],
  };
  return partnerObjection(job, remote, context);
}

test('a partner that nobody is changing, and whose checks pass, is well', async () => {
  expect(await objectionWith(answer('end reported'))).toBeUndefined();
});

test.each(['prepared', 'armed', 'applying', 'applied', 'confirming', 'rolling'])(
  'a partner that another run is changing is not well, although it lets a login in: %s',
  async (state) => {
    const said = locked('holder alive', `state ${state}`, 'left 40');
    for (const isDone of [true, false]) {
      expect(await objectionWith(said, isDone)).toMatchObject({
        code: 'partner-not-well',
        message: expect.stringContaining(`(play edge, transaction t9, ${state}, 40 s left)`),
      });
    }
  },
);

test('a trial whose controller died is on until its deadline', async () => {
  const objection = await objectionWith(locked('holder dead', 'state applied', 'left 0'));
  expect(objection?.message).toContain('ada@desk holds the lock since 2026-01-01T00:00:00Z');
});

test.each([
  ['that came to an end', 'holder alive', 'state confirmed', 'left 0'],
  ['whose session died before it changed anything', 'holder dead', 'state prepared', 'left 90'],
  ['that nobody heard of in time', 'holder alive', 'state prepared', 'left 0'],
  ['of which nothing is left', 'holder dead', 'left 0'],
])('a lock %s keeps nobody', async (_, ...facts) => {
  expect(await objectionWith(locked(...facts))).toBeUndefined();
});

test('a partner that can say nothing of it is not well', async () => {
  const why = { kind: 'lost', reason: 'reset by peer', stdout: '', stderr: '' } as const;
  expect((await objectionWith(why))?.message).toContain('reset by peer');
  const refused = await objectionWith(answer('problem not-root needs root', 'end refused'));
  expect(refused).toMatchObject({ code: 'partner-not-well', host: 'gw1' });
});
