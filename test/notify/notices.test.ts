import { expect, it } from 'vitest';
import { createNotices } from '../../src/notify/notices.ts';
import type { Event, EventBody } from '../../src/rollout/events.ts';

const stamp = { time: '2026-11-26T02:00:00.000Z', run: 'r1', seq: 1 };
const started = (command: 'apply' | 'drift'): EventBody => ({
  type: 'run.started',
  command,
  playbook: 'edge.yml',
  inventories: ['prod'],
  operator: 'ada@laptop',
  version: '1',
  forks: 1,
  journal: '',
});
const gate = (decision: 'proceed' | 'halt'): EventBody => ({
  type: 'gate.decided',
  play: 'edge',
  wave: 1,
  decision,
  arithmetic: '1 of 2',
});
const baking: EventBody = {
  type: 'wave.baking',
  play: 'edge',
  wave: 1,
  hosts: ['gw1', 'gw2'],
  seconds: 9,
  everySeconds: 3,
};
const looked = (host: string, seen: string | undefined): EventBody => {
  const ref = { host, play: 'edge', wave: 1, attempt: 1 };
  const problem = { code: 'check-failed', message: seen ?? '', remedy: '' };
  const outcome = { host, attempt: 1, kind: 'failed', problem } as const;
  return {
    type: 'host.verified',
    ...ref,
    outcome: seen === undefined ? { host, attempt: 1, kind: 'ok' } : outcome,
  };
};
const baked = (decision: 'proceed' | 'roll_back_wave', arithmetic: string): EventBody => {
  return { type: 'wave.baked', play: 'edge', wave: 1, decision, arithmetic };
};
const compared = (wave: number) =>
  ({
    type: 'host.compared',
    host: 'gw1',
    play: 'edge',
    wave,
    attempt: 1,
    state: 'drifted',
    notes: [],
  }) as unknown as EventBody;
const none = { ok: 0, changed: 0, unreachable: 0, failed: 0, rolledBack: 0, notStarted: 0 };
const finished: EventBody = {
  type: 'run.finished',
  exitCode: 2,
  halted: true,
  recap: [
    { host: 'gw1', ...none, changed: 1 },
    { host: 'gw2', ...none, failed: 1 },
  ],
  elapsedMs: 5,
  connections: 1,
};
const told = (...bodies: readonly EventBody[]) => {
  const notices = createNotices();
  return bodies.flatMap((body) => notices.of({ ...stamp, ...body } as Event));
};
const about = { version: 1, time: stamp.time, run: 'r1', playbook: 'edge.yml', operator: 'ada@laptop' };

it.each([
  ['a wave that goes on', [started('apply'), gate('proceed')], []],
  [
    'a halt',
    [started('apply'), gate('halt')],
    [
      {
        kind: 'halt',
        play: 'edge',
        payload: {
          ...about,
          kind: 'halt',
          command: 'apply',
          play: 'edge',
          wave: 1,
          decision: 'halt',
          arithmetic: '1 of 2',
        },
      },
    ],
  ],
  [
    'the end of an apply: what differs before a change is no drift',
    [started('apply'), compared(1), finished],
    [
      {
        kind: 'done',
        payload: {
          ...about,
          kind: 'done',
          command: 'apply',
          exitCode: 2,
          halted: true,
          elapsedMs: 5,
          hosts: { ok: 0, changed: 1, unreachable: [], failed: ['gw2'], rolledBack: [], notStarted: [] },
        },
      },
    ],
  ],
  [
    'drift',
    [started('drift'), compared(1), finished],
    [{ kind: 'drift', payload: { ...about, kind: 'drift', command: 'drift', hosts: ['gw1'] } }],
  ],
  ['no drift', [started('drift'), finished], []],
] as const)('%s', (_name, bodies, notices) => {
  expect(told(...bodies)).toEqual(notices);
});

it('tells of drift that --only-drifted found, and of its end', () => {
  expect(told(started('apply'), compared(0), finished).map(({ kind }) => kind)).toEqual(['drift', 'done']);
});

it('tells of a run that waits', () => {
  const asked: EventBody = { type: 'approval.asked', name: 'q', play: 'edge', wave: 1, after: 'canary' };
  expect(told(started('apply'), asked, { ...finished, waiting: 'q' })).toMatchObject([
    {
      kind: 'waiting',
      play: 'edge',
      payload: { kind: 'waiting', wave: 1, pause: 1, reason: 'after the canary' },
    },
  ]);
});

it('a bake that takes its wave back is a halt, told without what a check saw', () => {
  const begun = [started('apply'), gate('proceed'), baking, looked('gw1', undefined)];
  expect(told(...begun, looked('gw2', undefined), baked('proceed', 'all checks passed'))).toEqual([]);
  const text = '1 of 2 hosts failed while baking, at look 1 (gw2: GET https://192.0.2.1/ saw 500)';
  const ill = told(...begun, looked('gw2', 'saw 500'), baked('roll_back_wave', text));
  const halt = { play: 'edge', wave: 1, decision: 'roll_back_wave' };
  expect(ill).toMatchObject([
    { kind: 'halt', play: 'edge', payload: { ...halt, arithmetic: '1 of 2 hosts failed while baking' } },
  ]);
  const drops = 'gw1: 7.7/s dropped after the wave, 0.0/s before it: > 5.0/s';
  expect(told(...begun, looked('gw2', undefined), baked('roll_back_wave', drops))).toMatchObject([
    { payload: { ...halt, arithmetic: drops } },
  ]);
});
