import { expect, test } from 'vitest';
import type { Remote } from '../../src/remote.ts';
import type { EventBody } from '../../src/rollout/events.ts';
import { planEventSchema } from '../../src/rollout/plan-events.ts';
import { runHostJob } from '../../src/runtime/host-job.ts';
import { desiredState } from '../gateway/desired.ts';

const file = (name: string, text: string) => `#sluice file ${name} ${text.length}\n${text}\n`;
const odd = '-A INPUT -m bpf --bytecode "1,6 0 0 1" -j DROP';

/** The events of a look at a gateway that says it could rehearse nothing. */
async function eventsOf(kind: 'plan' | 'drift', live: string, wanted: string): Promise<readonly EventBody[]> {
  const said = `#sluice value unrehearsed no luck\n#sluice value backend nft\n#sluice value family ipv4\n${file('live.ipv4', live)}${file('canonical.ipv4', wanted)}#sluice end inspected\n`;
  const remote: Remote = {
    run: async () => ({ kind: 'exited', code: 0, stdout: said, stderr: '' }),
    open: () => {
      throw new Error('a look needs no conversation');
    },
    fresh: async () => ({ kind: 'connected', remote }),
    close: () => {},
  };
  const events: EventBody[] = [];
  await runHostJob(
    { kind, host: 'gw', play: 'edge', wave: 1, attempt: 1, token: 't1' },
    {
      scripts: { boot: '', kept: '', program: '', helper: '' },
      owner: 'me@here',
      takeOver: false,
      connectTimeoutMs: 10_000,
      dial: async () => ({ kind: 'connected', remote }),
      checksOf: () => [],
      renew: () => {},
      seenBefore: new Map(),
      inputOf: () => ({ desired: desiredState([]), checks: [], confirmWithinSeconds: 60, addresses: [] }),
      emit: (event) => events.push(event),
      nameDiff: () => 'd',
      keep: async () => {},
      nowMs: () => 0,
      pause: async () => new Promise(() => {}),
    },
  );
  return events;
}

test('what is written otherwise is in line, and the event says by whose judgement', async () => {
  const live = '*filter\n:INPUT ACCEPT\n-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT\nCOMMIT\n';
  const events = await eventsOf('plan', live, '*filter\n-A INPUT -p tcp --dport http -j ACCEPT\nCOMMIT\n');
  const [planned] = events.filter(({ type }) => type === 'host.planned');
  expect(planned).toMatchObject({ added: 0, removed: 0, ownReading: { why: 'no luck', undecided: [] } });
  const stamp = { time: '2026-01-01T00:00:00.000Z', run: 'r', seq: 1 };
  expect(planEventSchema.safeParse({ ...stamp, ...planned }).error).toBeUndefined();
  expect(events.at(-1)).toMatchObject({ outcome: { kind: 'ok' } });
});

test('what is left open is told by a comparison, too, and counts as a difference', async () => {
  const events = await eventsOf('drift', '', `*filter\n${odd}\nCOMMIT\n`);
  const undecided = [
    { where: 'ipv4 filter INPUT', line: odd, reason: 'sluice does not know the match bpf', isAlike: false },
  ];
  expect(events.find(({ type }) => type === 'host.compared')).toMatchObject({
    state: 'never_managed',
    added: 1,
    ownReading: { why: 'no luck', undecided },
  });
});
