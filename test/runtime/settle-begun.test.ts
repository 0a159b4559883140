import { expect, test } from 'vitest';
import type { Dialled, Remote } from '../../src/remote.ts';
import type { Event, EventBody } from '../../src/rollout/events.ts';
import type { Job } from '../../src/rollout/runtime.ts';
import type { HostContext } from '../../src/runtime/host-context.ts';
import { type Begun, begunIn, settleBegun } from '../../src/runtime/settle-begun.ts';
import { desiredState } from '../gateway/desired.ts';

const job: Job = { kind: 'apply', host: 'gw', play: 'edge', wave: 1, attempt: 1, token: 't1' };
const state = (name: string, more = '') => `#sluice value state ${name}\n${more}#sluice end ${name}\n`;
const by = (who: string) => `#sluice value reason no answer\n#sluice value rolled_back_by ${who}\n`;
const reached: Begun = { isConnected: true, leftMs: 0 };

/** What a job in flight comes to, with what its gateway says, one answer after the other; undefined: it can't be reached. */
async function endOf(answers: readonly (string | undefined)[], begun = reached) {
  const left = [...answers];
  let clockMs = 0;
  const events: EventBody[] = [];
  const dial = async (): Promise<Dialled> => {
    const said = left.length > 1 ? left.shift() : left[0];
    if (said === undefined)
      return { kind: 'unreachable', problem: { code: 'no-route', message: 'gone', remedy: '' } };
    const run = async () => ({ kind: 'exited', code: 0, stdout: said, stderr: '' }) as const;
    return { kind: 'connected', remote: { run, close: () => {} } as unknown as Remote };
  };
  const context = {
    scripts: { boot: '', kept: '', program: '', helper: '' },
    connectTimeoutMs: 10_000,
    dial,
    inputOf: () => ({ desired: desiredState([]), checks: [], confirmWithinSeconds: 60, addresses: [] }),
    emit: (event: EventBody) => events.push(event),
    keep: async () => {},
    nowMs: () => clockMs,
    pause: async (ms: number, signal?: AbortSignal) => {
      for (let turn = 0; signal !== undefined && turn < 20 && !signal.aborted; turn++)
        await new Promise(setImmediate);
      if (!signal?.aborted) clockMs += ms;
    },
  } as unknown as HostContext;
  const outcome = await settleBegun(job, begun, context);
  expect(events.at(-1)).toMatchObject({ type: 'host.finished', job: 'apply', outcome });
  return { kind: outcome.kind, told: events.slice(0, -1).map(({ type }) => type), waitedMs: clockMs };
}

test.each([
  ['confirmed', state('confirmed'), 'changed', ['host.confirmed']],
  ['run out', state('rolled_back', by('the gateway at its deadline')), 'interrupted', []],
  ['its runner died', state('rolled_back', by('the guard, as the runner was dead')), 'interrupted', []],
  ['a check had failed', state('rolled_back', by('the controller')), 'rolled_back', ['host.rolledBack']],
  ['the kernel refused', state('rolled_back', by('the gateway')), 'rolled_back', ['host.rolledBack']],
  ['released', state('cancelled'), 'interrupted', []],
  ['never known there', '#sluice end gone\n', 'interrupted', []],
  ['rebooted', state('lost_reboot'), 'unknown', []],
  ['still wrong', state('rollback_failed'), 'unknown', []],
])('%s', async (_name, said, kind, told) => {
  expect(await endOf([said])).toEqual({ kind, told, waitedMs: 0 });
});

test('a trial under way is waited for', async () => {
  const { kind, waitedMs } = await endOf([state('applied'), state('applied'), state('confirmed')]);
  expect(kind).toBe('changed');
  expect(waitedMs).toBeGreaterThan(0);
});

test('what is only prepared is called off: nobody else is there to tell it to apply', async () => {
  expect(await endOf([state('prepared'), state('cancelled')])).toEqual({
    kind: 'interrupted',
    told: [],
    waitedMs: 0,
  });
});

test('a gateway that is silent for longer than it can be on trial is unknown', async () => {
  const { kind, waitedMs } = await endOf([undefined], { isConnected: true, leftMs: 30_000 });
  expect(kind).toBe('unknown');
  expect(waitedMs).toBeGreaterThan(30_000);
});

test('one that nobody had reached is unreachable, as it would have been', async () => {
  expect(await endOf([undefined], { isConnected: false, leftMs: 0 })).toMatchObject({
    kind: 'unreachable',
    waitedMs: 0,
  });
});

test('the journal says who was reached, and how long a trial may still last', () => {
  const ref = { host: 'gw', play: 'edge', wave: 1, attempt: 1 };
  const bodies: readonly EventBody[] = [
    { type: 'host.started', ...ref, job: 'apply' },
    { type: 'host.connected', ...ref, elapsedMs: 1 },
    { type: 'host.armed', ...ref, deadlineSeconds: 60 },
  ];
  const time = '2026-11-21T02:45:00.000Z';
  const events = bodies.map((body, index): Event => ({ time, run: 'r', seq: index + 1, ...body }));
  const nowMs = () => Date.parse(time) + 20_000;
  expect(begunIn(events, nowMs)(job)).toEqual({ isConnected: true, leftMs: 40_000 });
  // The undo of that change, under the same name.
  expect(begunIn([...events, ...events.slice(0, 1)], nowMs)(job)).toEqual({ isConnected: false, leftMs: 0 });
});
