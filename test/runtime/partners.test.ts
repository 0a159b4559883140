import { expect, test } from 'vitest';
import type { Remote, RemoteResult } from '../../src/remote.ts';
import type { Job } from '../../src/rollout/runtime.ts';
import type { HostContext } from '../../src/runtime/host-context.ts';
import { partnerObjection } from '../../src/runtime/partners.ts';
import { check, command } from '../checks/example.ts';

const answer = (...lines: readonly string[]) => lines.map((line) => `#sluice ${line}\n`).join('');
const locked = (...facts: readonly string[]) =>
  answer(
    ...['token t9', 'owner ada@desk', 'play edge', 'since 2026-01-01T00:00:00Z', ...facts].map(
      (fact) => `value lock ${fact}`,
    ),
    'end reported',
  );

type Far = {
  /** What it says of its lock, or how it fell silent. */
  readonly said?: string | Exclude<RemoteResult, { kind: 'exited' }>;
  /** Which of the two checks fail there. */
  readonly failing?: readonly ('new' | 'well')[];
};

function remoteOf({ said = answer('end reported'), failing = [] }: Far): Remote {
  const exited = (code: number, stdout = ''): RemoteResult => ({ kind: 'exited', code, stdout, stderr: '' });
  return {
    run: async ({ args: [word = ''] = [] }) => {
      if (word !== 'report') return exited(failing.some((name) => name === word) ? 1 : 0);
      return typeof said === 'string' ? exited(0, said) : said;
    },
    open: () => expect.unreachable(),
    fresh: () => expect.unreachable(),
    close: () => {},
  };
}

/** Why gw1 must not be changed, as its partner and itself are found. */
async function objectionWith(said: NonNullable<Far['said']>, isDone = true) {
  return objection({ said }, {}, isDone);
}

async function objection(partner: Far, own: Far, isDone: boolean) {
  const context: HostContext = {
    scripts: { boot: '', kept: '', program: '', helper: '' },
    owner: 'me@here',
    takeOver: false,
    connectTimeoutMs: 10_000,
    dial: async () => ({ kind: 'connected', remote: remoteOf(partner) }),
    inputOf: () => expect.unreachable(),
    checksOf: () => ['new', 'well'].map((name) => check(command(name), { name })),
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
  return partnerObjection(job, remoteOf(own), context);
}

test.each<{ partner: Far['failing']; own: Far['failing']; isDone: boolean; isWell: boolean; why: string }>([
  { partner: [], own: ['new'], isDone: true, isWell: true, why: 'passes all' },
  { partner: ['new'], own: ['new'], isDone: true, isWell: false, why: 'was changed, and fails one' },
  { partner: ['new'], own: ['new'], isDone: false, isWell: true, why: 'waits for what its host waits for' },
  { partner: ['new'], own: [], isDone: false, isWell: false, why: 'fails what its host passes' },
  { partner: ['new', 'well'], own: ['new'], isDone: false, isWell: false, why: 'fails more than its host' },
])('a partner that $why: well? $isWell', async ({ partner = [], own = [], isDone, isWell }) => {
  const seen = await objection({ failing: partner }, { failing: own }, isDone);
  expect(seen === undefined).toBe(isWell);
});

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
  const seen = await objectionWith(locked('holder dead', 'state applied', 'left 0'));
  expect(seen?.message).toContain('ada@desk holds the lock since 2026-01-01T00:00:00Z');
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
