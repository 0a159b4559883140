import type { RequestListener } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import type { Observation } from '../../src/checks/model.ts';
import { runChecks } from '../../src/checks/run.ts';
import type { Remote } from '../../src/remote.ts';
import { LocalRemote } from '../local-remote.ts';
import { check, command, http, observe, tcp } from './example.ts';
import { CLOSED_PORT, type Listening, serve } from './servers.ts';

const gateway = new LocalRemote();
const open: Listening[] = [];
afterEach(async () => {
  for (const listening of open.splice(0)) await listening.close();
});

async function site(answer: RequestListener) {
  const server = await serve(answer);
  open.push(server);
  return { ...server, url: `http://127.0.0.1:${server.port}/` };
}

it('makes all checks at once, tells each as it is made, and answers in their order', async () => {
  const waiting: (() => void)[] = [];
  // Nobody gets an answer before everybody has asked; the last to ask is answered first.
  const { url } = await site((_, response) => {
    waiting.unshift(() => response.end());
    if (waiting.length === 3) for (const answer of waiting) answer();
  });
  const told: string[] = [];
  const checks = ['a', 'b', 'c'].map((name) => check(http(url), { name }));
  const observations = await runChecks(checks, { gateway }, { withinMs: 100_000 }, (o) => told.push(o.check));
  expect(observations.map((o) => [o.check, o.verdict])).toEqual([
    ['a', 'pass'],
    ['b', 'pass'],
    ['c', 'pass'],
  ]);
  expect(told.sort()).toEqual(['a', 'b', 'c']);
});

it('tries again until it passes', async () => {
  let asked = 0;
  const { url } = await site((_, response) => {
    asked += 1;
    response.writeHead(asked < 3 ? 503 : 200).end();
  });
  expect(await observe(check(http(url), { retries: 5 }))).toMatchObject({
    verdict: 'pass',
    seen: 'status 200',
    tries: 3,
  });
});

it('gives up after its retries, and says what the last try saw', async () => {
  let asked = 0;
  const { url } = await site((_, response) => {
    asked += 1;
    response.writeHead(500 + asked).end();
  });
  const observation = await observe(check(http(url), { retries: 2 }));
  expect(observation).toMatchObject({ verdict: 'fail', seen: 'status 503', tries: 3 });
});

it('says what was tried, what was expected and where from', async () => {
  const here = await observe(check(tcp('::1', CLOSED_PORT), { name: 'ssh answers' }));
  expect(here).toMatchObject({
    check: 'ssh answers',
    from: 'controller',
    tried: 'tcp [::1]:1',
    expected: 'open',
  });
  const there = await observe(check(command('true\necho hi', { stdout: 'hi' })));
  expect(there).toMatchObject({
    from: 'gateway',
    tried: 'sh: true echo hi',
    expected: 'exit 0, stdout with "hi"',
  });
  const page = await observe(check(http('http://me:secret@127.0.0.1:1/x@y', { status: 204 })));
  expect(page).toMatchObject({ tried: 'GET http://127.0.0.1:1/x@y', expected: 'status 204' });
});

it('cuts a check off at the deadline of all', async () => {
  const { url } = await site(() => {});
  const checks = [check(http(url)), check(command('sleep 60'))];
  const observations = await runChecks(checks, { gateway }, { withinMs: 300 }, () => {});
  for (const observation of observations) {
    expect(observation).toMatchObject({ verdict: 'fail', tries: 1 });
    expect(observation.seen).toMatch(/^cut off by the deadline after \d+(\.\d)? s$/);
  }
});

it('does not let a port pass as closed because the deadline came before its time-out', async () => {
  const mute: Remote = { ...lostRemote(), run: () => new Promise(() => {}) };
  const checks = [check(tcp('127.0.0.1', 443, 'closed'), { from: 'gateway' })];
  const [observation] = await runChecks(checks, { gateway: mute }, { withinMs: 50 }, () => {});
  expect(observation).toMatchObject({
    verdict: 'fail',
    seen: expect.stringContaining('cut off by the deadline'),
  });
});

it('says at the deadline what earlier tries saw', async () => {
  let asked = 0;
  const { url } = await site((_, response) => {
    asked += 1;
    if (asked === 1) response.writeHead(502).end();
  });
  const checks = [check(http(url), { retries: 9 })];
  const [observation] = await runChecks(checks, { gateway }, { withinMs: 3_000 }, () => {});
  expect(observation).toMatchObject({
    verdict: 'fail',
    tries: 2,
    seen: expect.stringMatching(/^cut off .*; before that: status 502$/),
  });
});

it('does not wait for a try that would begin after the deadline', async () => {
  const checks = [check(tcp('127.0.0.1', CLOSED_PORT), { retries: 3, delaySeconds: 1_000 })];
  const [observation] = await runChecks(checks, { gateway }, { withinMs: 50_000 }, () => {});
  expect(observation).toMatchObject({
    verdict: 'fail',
    tries: 1,
    seen: 'connection refused; no time for another try before the deadline',
  });
});

it('tries nothing when there is no time left', async () => {
  const [observation] = await runChecks(
    [check(tcp('127.0.0.1', 1, 'closed'))],
    { gateway },
    { withinMs: 0 },
    () => {},
  );
  expect(observation).toMatchObject({
    verdict: 'fail',
    tries: 0,
    seen: 'not tried: the deadline had passed',
  });
});

it('knows nothing after an interrupt, wherever it comes', async () => {
  const interrupt = new AbortController();
  const { url } = await site(() => interrupt.abort());
  const checks = [
    check(http(url)),
    check(command('sleep 60')),
    check(tcp('127.0.0.1', 1), { retries: 1, delaySeconds: 1_000 }),
  ];
  const options = { withinMs: 2_000_000, signal: interrupt.signal };
  const during = await runChecks(checks, { gateway }, options, () => {});
  const after = await runChecks(checks, { gateway }, options, () => {});
  const summary = (observations: readonly Observation[]) =>
    observations.map((o) => [o.verdict, o.seen, o.tries]);
  expect(summary(during)).toEqual(Array(3).fill(['unknown', 'interrupted', 1]));
  expect(summary(after)).toEqual(Array(3).fill(['unknown', 'interrupted', 0]));
});

it('fails at once when the connection to the gateway is lost', async () => {
  const checks = [
    check(tcp('127.0.0.1', 1, 'closed'), { from: 'gateway', retries: 5 }),
    check(http('http://127.0.0.1:1/'), { from: 'gateway', retries: 5 }),
    check(command('true'), { retries: 5 }),
  ];
  const observations = await runChecks(checks, { gateway: lostRemote() }, { withinMs: 100_000 }, () => {});
  for (const { verdict, seen, tries } of observations) {
    expect([verdict, seen, tries]).toEqual(['fail', 'connection to the gateway was lost: ECONNRESET', 1]);
  }
});

it('never rejects, not even when a remote throws', async () => {
  const broken: Remote = { ...lostRemote(), run: () => Promise.reject(new Error('misuse')) };
  expect(await observe(check(command('true')), broken)).toMatchObject({
    verdict: 'unknown',
    seen: 'could not be tried: Error: misuse',
  });
});

it('serves many checks and many gateways under one signal without a warning', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  const { signal } = new AbortController();
  const checks = Array.from({ length: 30 }, () => check(tcp('127.0.0.1', CLOSED_PORT, 'closed')));
  const gateways = Array.from({ length: 30 }, () =>
    runChecks(checks, { gateway }, { withinMs: 100_000, signal }, () => {}),
  );
  const observations = (await Promise.all(gateways)).flat();
  process.off('warning', onWarning);
  expect(new Set(observations.map((o) => o.verdict))).toEqual(new Set(['pass']));
  expect(warnings).toEqual([]);
});

function lostRemote(): Remote {
  const lost = { kind: 'lost', reason: 'ECONNRESET', stdout: '', stderr: '' } as const;
  return {
    run: async () => lost,
    open: () => ({
      write: () => {},
      end: () => {},
      output: (async function* () {})(),
      done: Promise.resolve(lost),
    }),
    fresh: async () => ({ kind: 'unreachable', problem: { code: 'unreachable', message: '', remedy: '' } }),
    close: () => {},
  };
}
