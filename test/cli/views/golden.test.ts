import { describe, expect, test } from 'vitest';
import * as sessions from './sessions.ts';
import { show } from './show.ts';

const SESSIONS = {
  'six-gateways': sessions.sixGateways(),
  'unchanged-rerun': sessions.unchangedRerun(),
  'canary-rolls-back': sessions.canaryRollsBack(),
  'failing-http': sessions.failingHttp(),
  'three-unreachable': sessions.threeUnreachable(),
  'plan-of-fifty': sessions.planOfFifty(),
  interrupted: sessions.interrupted(),
  'wave-taken-back': sessions.waveTakenBack(),
  'drift-of-six': sessions.driftOfSix(),
};

describe.each(Object.entries(SESSIONS))('%s', (name, events) => {
  test.each(['tty', 'plain', 'quiet'] as const)('%s', async (kind) => {
    const { text } = show(kind, events);
    await expect(`${text}\n`).toMatchFileSnapshot(`golden/${name}.${kind}.txt`);
  });
});

test('json lines are the events themselves', () => {
  const events = SESSIONS['canary-rolls-back'];
  const { raw } = show('json', events);
  expect(raw).toBe(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
});

test('colours are those of Ansible', async () => {
  const { raw } = show('quiet', SESSIONS['failing-http'], { colour: true, verbosity: 1 });
  await expect(raw.replaceAll('\x1b[', '\\e[')).toMatchFileSnapshot('golden/failing-http.quiet.colour.txt');
});
