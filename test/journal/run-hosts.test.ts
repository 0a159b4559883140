import { expect, it } from 'vitest';
import { hostsLeft } from '../../src/journal/run-hosts.ts';
import type { EventBody, RecapRow } from '../../src/rollout/events.ts';
import type { Outcome } from '../../src/rollout/outcome.ts';
import { event } from './example.ts';

const row = (host: string, counts: Partial<RecapRow>): RecapRow => ({
  host,
  ok: 0,
  changed: 0,
  unreachable: 0,
  failed: 0,
  rolledBack: 0,
  notStarted: 0,
  ...counts,
});
const RECAP = [
  row('good', { ok: 1, changed: 1 }),
  row('bad', { failed: 1, ok: 1 }),
  row('back', { rolledBack: 1 }),
  row('away', { unreachable: 1, failed: 1 }),
  row('later', { notStarted: 1 }),
  row('contested', { notStarted: 1 }),
  row('reported', { notStarted: 1 }),
  row('both', { notStarted: 2 }),
];
const started = (play: string, hosts: readonly string[], more: object = {}): EventBody => ({
  type: 'play.started',
  play,
  name: play,
  hosts,
  waves: [],
  ...more,
});
const compared = (host: string, play: string, left?: 'contested'): EventBody => {
  const outcome: Outcome = { host, attempt: 1, kind: 'changed', token: 't', ...(left && { left }) };
  return { type: 'host.finished', host, play, wave: 0, attempt: 1, outcome };
};
const EVENTS = [
  started('edge', ['contested', 'both']),
  compared('contested', 'edge', 'contested'),
  compared('both', 'edge', 'contested'),
  // It drifted, and was to be mended.
  compared('later', 'edge'),
  started('watch', ['reported'], { enforce: false }),
  compared('reported', 'watch'),
].map((body, index) => event(index + 1, body));

it.each([
  ['failed', ['bad', 'away']],
  ['rolled_back', ['back']],
  ['unreached', ['away', 'later', 'both']],
] as const)('%s', (state, hosts) => {
  expect(hostsLeft(state, RECAP, EVENTS)).toEqual(hosts);
});
