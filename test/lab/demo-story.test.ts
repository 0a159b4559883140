import { expect, test } from 'vitest';
import { readStory } from '../../src/lab/demo-story.ts';
import type { EventBody } from '../../src/rollout/events.ts';

const ref = { host: 'gw1', play: 'edge', wave: 1, attempt: 1 };
const check = {
  ...ref,
  type: 'check.observed',
  from: 'controller',
  tried: '',
  expected: '',
  seen: '',
  tries: 1,
  elapsedMs: 1,
} as const;

test('reads what the journal of a run says', () => {
  const events: readonly EventBody[] = [
    { type: 'wave.started', play: 'edge', wave: 1, title: 'canary', hosts: ['gw1'] },
    { ...ref, type: 'host.armed', deadlineSeconds: 20 },
    { ...ref, type: 'host.applied', elapsedMs: 300 },
    { ...check, check: 'fresh SSH connection', verdict: 'pass' },
    { ...check, check: 'site answers', verdict: 'fail' },
    { ...ref, type: 'host.rolledBack', by: 'the controller', reason: 'site answers' },
    { type: 'wave.started', play: 'edge', wave: 2, title: 'the rest', hosts: ['gw2', 'gw3'] },
    { ...ref, host: 'gw2', type: 'host.confirmed' },
  ];
  expect(readStory(events.map((event) => `${JSON.stringify(event)}\n`).join(''))).toEqual({
    waves: [['gw1'], ['gw2', 'gw3']],
    armed: ['gw1'],
    applied: ['gw1'],
    confirmed: ['gw2'],
    rolledBack: [{ host: 'gw1', by: 'the controller' }],
    passed: ['fresh SSH connection'],
    failed: ['site answers'],
  });
});

test('of a run without a journal, nothing happened', () => {
  expect(Object.values(readStory('')).flat()).toEqual([]);
});
