import { expect, test } from 'vitest';
import type { Conversation, Dialled, Remote, RemoteCommand, RemoteResult } from '../../src/remote.ts';
import type { EventBody } from '../../src/rollout/events.ts';
import type { Outcome } from '../../src/rollout/outcome.ts';
import type { Job } from '../../src/rollout/runtime.ts';
import { runHostJob } from '../../src/runtime/host-job.ts';
import { desiredState } from '../gateway/desired.ts';

const job: Job = { kind: 'apply', host: 'gw', play: 'edge', wave: 1, attempt: 1, token: 't1' };

const table = (rules: string) => `*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n${rules}COMMIT\n`;
const file = (name: string, text: string) => `#sluice file ${name} ${text.length}\n${text}\n`;
const wanted = table('-A INPUT -j DROP\n');
const standing = (live: string, confirmed = '') =>
  `#sluice value family ipv4\n${file('live.ipv4', live)}${file('canonical.ipv4', wanted)}${confirmed}#sluice end prepared\n`;
const state = (name: string) => `#sluice value state ${name}\n#sluice end ${name}\n`;

/** What a gateway prints for a verb, or how its program ended without an answer; `hangs` never ends. */
type Said = string | RemoteResult | 'hangs';
type Gateway = {
  readonly prepared?: Said;
  readonly go?: Said;
  readonly release?: Said;
  readonly confirm?: Said;
  readonly rollback?: Said;
  /** One after the other; the last stays. */
  readonly status?: Said[];
  readonly isFreshRefused?: boolean;
  /** The controller was asleep in between. */
  readonly wasAway?: boolean;
  /** The controller was asleep until then. */
  readonly awokeAtMs?: number;
  /** It can't be reached before. */
  readonly reachedAtMs?: number;
  /** A minute is waited for its lock, and the run is asked to stop after so long. */
  readonly stopsAfterMs?: number;
};

const sudoFails: RemoteResult = {
  kind: 'exited',
  code: 1,
  stdout: '',
  stderr: 'sudo: unable to resolve the user',
};
const killed: RemoteResult = { kind: 'exited', code: 137, stdout: '', stderr: 'Killed' };

/** A far end that plays its part by heart; only time and the connection are not real. */
async function outcomeWith(
  gateway: Gateway,
  asked: Job = job,
): Promise<{
  readonly outcome: Outcome;
  readonly events: readonly string[];
  /** The last event before each, with the host. */
  readonly renewedAfter: readonly string[];
}> {
  const status = [...(gateway.status ?? [])];
  const run = async ({ args = [] }: RemoteCommand): Promise<RemoteResult> => {
    const verb = args[0];
    const said =
      verb === 'confirm'
        ? gateway.confirm
        : verb === 'rollback'
          ? gateway.rollback
          : status.length > 1
            ? status.shift()
            : status[0];
    if (said === undefined) throw new Error(`${verb} was not expected`);
    if (said === 'hangs') return new Promise(() => {});
    return typeof said === 'string' ? { kind: 'exited', code: 0, stdout: said, stderr: '' } : said;
  };
  const remote: Remote = {
    run,
    open: () => converse(gateway),
    fresh: async () =>
      gateway.isFreshRefused
        ? { kind: 'unreachable', problem: { code: 'x', message: 'no answer', remedy: '' } }
        : { kind: 'connected', remote },
    close: () => {},
  };
  const dialled: Dialled = { kind: 'connected', remote };
  const events: EventBody[] = [];
  const renewedAfter: string[] = [];
  let clockMs = 0;
  const outcome = await runHostJob(asked, {
    scripts: { boot: '', kept: '', program: '', helper: '' },
    owner: 'me@here',
    takeOver: true,
    connectTimeoutMs: 10_000,
    dial: async () =>
      clockMs < (gateway.reachedAtMs ?? 0)
        ? { kind: 'unreachable', problem: { code: 'x', message: 'no route', remedy: '' } }
        : dialled,
    checksOf: () => [],
    renew: (host) => void renewedAfter.push(`${host} ${events.at(-1)?.type}`),
    seenBefore: new Map(),
    inputOf: () => ({ desired: desiredState([]), checks: [], confirmWithinSeconds: 60, addresses: [] }),
    emit: (event) => events.push(event),
    nameDiff: () => 'd',
    keep: async () => {},
    nowMs: () => clockMs,
    wasAwaySince: (ms) =>
      gateway.wasAway === true ||
      (gateway.awokeAtMs !== undefined && clockMs >= gateway.awokeAtMs && ms <= gateway.awokeAtMs),
    lockWaitMs: gateway.stopsAfterMs === undefined ? 0 : 60_000,
    isStopped: () => clockMs >= (gateway.stopsAfterMs ?? Number.POSITIVE_INFINITY),
    // What bounds an answer lets everything that is under way come first.
    pause: async (ms, signal) => {
      for (let turn = 0; signal !== undefined && turn < 20 && !signal.aborted; turn++)
        await new Promise(setImmediate);
      if (!signal?.aborted) clockMs += ms;
    },
  });
  return { outcome, events: events.map(({ type }) => type), renewedAfter };
}

function converse({
  prepared = standing(table('')),
  go = state('applied'),
  release = '#sluice end released\n',
}: Gateway): Conversation {
  const words: string[] = [];
  let heard = () => {};
  let finish: (result: RemoteResult) => void = () => {};
  const done = new Promise<RemoteResult>((resolve) => {
    finish = resolve;
  });
  const play = async function* (said: Said): AsyncGenerator<Uint8Array> {
    if (said === 'hangs') await new Promise(() => {});
    else if (typeof said === 'string') yield Buffer.from(said);
    else finish(said);
  };
  const output = async function* () {
    yield* play(prepared);
    if (words.length === 0)
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    yield* play(words[0] === 'go\n' ? go : release);
  };
  const write = (text: string | Uint8Array) => {
    words.push(String(text));
    heard();
  };
  return { write, end: () => {}, output: output(), done };
}

test('a change is applied, seen from a fresh connection and confirmed', async () => {
  const { outcome, events, renewedAfter } = await outcomeWith({ confirm: state('confirmed') });
  expect(outcome).toMatchObject({ kind: 'changed', token: 't1' });
  // Before anybody looks through it.
  expect(renewedAfter).toEqual(['gw host.applied']);
  expect(events).toEqual([
    'host.started',
    'host.connected',
    'host.compared',
    'host.planned',
    'host.armed',
    'host.applied',
    'check.observed',
    'host.confirmed',
    'host.finished',
  ]);
});

test('a refusal to apply is a failure that changed nothing', async () => {
  const { outcome } = await outcomeWith({
    go: '#sluice problem changed-since the rules changed\n#sluice end refused\n',
  });
  expect(outcome).toMatchObject({ kind: 'failed', problem: { code: 'changed-since' } });
});

test('a program that is killed after the word was given may have applied: its gateway is asked', async () => {
  const { outcome } = await outcomeWith({
    go: killed,
    status: [state('applying'), state('rolling'), state('rolled_back')],
  });
  expect(outcome).toMatchObject({ kind: 'rolled_back' });
});

test('a word to apply that did not arrive by the deadline is called off, and the host tried again', async () => {
  const { outcome } = await outcomeWith({
    go: 'hangs',
    status: [state('prepared')],
    rollback: state('cancelled'),
  });
  expect(outcome).toMatchObject({ kind: 'interrupted', problem: { code: 'not-begun' } });
});

test('a gateway that cannot be asked once the rules are live is not said to be unchanged', async () => {
  const { outcome } = await outcomeWith({ isFreshRefused: true, rollback: sudoFails, status: [sudoFails] });
  expect(outcome).toMatchObject({
    kind: 'unknown',
    problem: { code: 'gateway-silent', message: expect.stringMatching(/unable to resolve the user/) },
  });
});

test('a rollback that is still under way when it is answered is waited for', async () => {
  const { outcome } = await outcomeWith({
    go: state('rolling'),
    status: [state('rolling'), state('rolled_back')],
  });
  expect(outcome).toMatchObject({ kind: 'rolled_back' });
});

test('a confirm that is still under way when it is answered is waited for', async () => {
  const { outcome } = await outcomeWith({
    confirm: state('confirming'),
    status: [state('confirming'), state('confirmed')],
  });
  expect(outcome).toMatchObject({ kind: 'changed' });
});

test('a confirm over a second connection that gives no answer is asked after', async () => {
  const stale = '#sluice problem stale-connection x\n#sluice end refused\n';
  let asked = 0;
  const gateway: Gateway = {
    get confirm() {
      asked += 1;
      return asked === 1 ? stale : 'hangs';
    },
    status: [state('confirmed')],
  };
  expect((await outcomeWith(gateway)).outcome).toMatchObject({ kind: 'changed' });
});

test('a host that waits for its lock when the run is asked to stop has not started; one that waits in vain has failed', async () => {
  const prepared = '#sluice problem locked ada@laptop holds the lock\n#sluice end refused\n';
  const asked = await outcomeWith({ prepared, stopsAfterMs: 2_000 });
  expect(asked.outcome).toEqual({ host: 'gw', attempt: 1, kind: 'not_started', because: 'interrupted' });
  expect((await outcomeWith({ prepared, stopsAfterMs: 90_000 })).outcome).toMatchObject({
    kind: 'failed',
    problem: { code: 'locked' },
  });
});

test('rules that stand as the play wants them are taken under management once, through a transaction', async () => {
  const first = await outcomeWith({ prepared: standing(wanted), confirm: state('confirmed') });
  expect(first.outcome).toMatchObject({ kind: 'changed' });
  const later = await outcomeWith({ prepared: standing(wanted, file('confirmed.ipv4', wanted)) });
  expect(later.outcome).toMatchObject({ kind: 'ok' });
});

test('a gateway that never comes to an answer does not hold the run', async () => {
  expect((await outcomeWith({ prepared: 'hangs' })).outcome).toMatchObject({
    kind: 'unreachable',
    problem: { message: expect.stringMatching(/no answer within 120 s/) },
  });
  const unchanged = standing(wanted, file('confirmed.ipv4', wanted));
  expect((await outcomeWith({ prepared: unchanged, release: 'hangs' })).outcome).toMatchObject({
    kind: 'ok',
  });
});

test('a gateway that rebooted during the trial is not said to be as before: a person must look', async () => {
  const { outcome } = await outcomeWith({ go: killed, status: [state('lost_reboot')] });
  expect(outcome).toMatchObject({ kind: 'unknown', problem: { code: 'lost-reboot' } });
});

test.each([
  ['the gateway at its deadline', 'interrupted'],
  ['the guard, as the runner was dead or stuck', 'rolled_back'],
])('a change that %s took back before the confirm came is %s', async (by, kind) => {
  const confirm = `#sluice value state rolled_back\n#sluice value rolled_back_by ${by}\n#sluice end rolled_back\n`;
  const { outcome } = await outcomeWith({ confirm });
  expect(outcome).toMatchObject({ kind });
});

test.each([
  ['the gateway at its deadline', true, 'interrupted'],
  ['the gateway at its deadline', false, 'rolled_back'],
  ['the controller', true, 'rolled_back'],
])(
  'a change that fails and that %s took back, while the controller was away: %s, is %s',
  async (by, wasAway, kind) => {
    const rollback = `#sluice value state rolled_back\n#sluice value rolled_back_by ${by}\n#sluice end rolled_back\n`;
    const { outcome } = await outcomeWith({ isFreshRefused: true, rollback, wasAway });
    expect(outcome).toMatchObject({ kind });
  },
);

test.each([
  [20_000, 500, 'ok'],
  [90_000, 500, 'unreachable'],
  [20_000, undefined, 'unreachable'],
])(
  'a gateway that is reached after %i ms, by a look of a controller that awoke at %s, is %s',
  async (reachedAtMs, awokeAtMs, kind) => {
    const gateway = { reachedAtMs, ...(awokeAtMs === undefined ? {} : { awokeAtMs }) };
    const { outcome, events } = await outcomeWith(gateway, { ...job, kind: 'verify' });
    expect(outcome).toMatchObject({ kind });
    expect(events.filter((type) => type === 'host.verified')).toHaveLength(1);
  },
);
