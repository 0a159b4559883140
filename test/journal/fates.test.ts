import { expect, test } from 'vitest';
import { fateKey, fatesOf } from '../../src/journal/fates.ts';
import type { EventBody } from '../../src/rollout/events.ts';
import type { Outcome } from '../../src/rollout/outcome.ts';
import { armed, event } from './example.ts';

const problem = { code: 'x', message: 'why', remedy: '' };
const started: EventBody = { type: 'play.started', play: 'edge', name: 'Edge', hosts: ['gw-1'], waves: [] };
const taken: EventBody = {
  type: 'gate.decided',
  play: 'edge',
  wave: 1,
  decision: 'roll_back_wave',
  arithmetic: '',
};
const changed: Outcome = { host: 'gw-1', attempt: 1, kind: 'changed', token: 'T' };
const own = { kind: 'own', playIndex: 0, attempt: 1 };

function ended(outcome: Outcome): EventBody {
  return { type: 'host.finished', host: 'gw-1', play: 'edge', wave: 1, attempt: 1, outcome };
}

test.each<[string, readonly EventBody[], object]>([
  ['changed', [armed('gw-1'), ended(changed)], { ...own, token: 'T' }],
  ['found in line', [ended({ host: 'gw-1', attempt: 1, kind: 'ok' })], own],
  ['never begun', [], { kind: 'earlier' }],
  ['unreachable', [ended({ host: 'gw-1', attempt: 1, kind: 'unreachable', problem })], { kind: 'earlier' }],
  [
    'rolled back',
    [armed('gw-1'), ended({ host: 'gw-1', attempt: 1, kind: 'rolled_back', problem })],
    { kind: 'earlier' },
  ],
  [
    'on trial when the run was killed',
    [armed('gw-1')],
    { kind: 'unknown', why: expect.stringContaining('killed') },
  ],
  [
    'unknown',
    [ended({ host: 'gw-1', attempt: 1, kind: 'unknown', problem })],
    { kind: 'unknown', why: 'why' },
  ],
  ['taken back with its wave', [ended(changed), taken, armed('gw-1'), ended(changed)], { kind: 'earlier' }],
  [
    'not taken back with its wave',
    [ended(changed), taken, ended({ host: 'gw-1', attempt: 1, kind: 'unreachable', problem })],
    { kind: 'unknown', why: expect.stringContaining('why') },
  ],
])('a host that was %s', (_, bodies, expected) => {
  const fates = fatesOf([started, ...bodies].map((body, index) => event(index + 1, body)));
  expect(fates.get(fateKey('edge', 'gw-1'))).toEqual(expected);
});
