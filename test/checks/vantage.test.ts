import { afterAll, beforeAll, expect, it } from 'vitest';
import { runChecks, type VantageHosts } from '../../src/checks/run.ts';
import type { Dialled, Remote } from '../../src/remote.ts';
import { LocalRemote } from '../local-remote.ts';
import { check, command, http, tcp } from './example.ts';
import { CLOSED_PORT, type Listening, listenSilently } from './servers.ts';
import { gatewayWith } from './tools.ts';

let open: Listening;
beforeAll(async () => {
  open = await listenSilently();
});
afterAll(() => open.close());

const gateway = new LocalRemote();
const from = { host: 'probe-1' };

/** Vantage hosts whose dials are counted. */
function hostsBy(dial: () => Dialled) {
  const dialled: string[] = [];
  const lost: string[] = [];
  const hosts: VantageHosts = {
    dial: async (host) => {
      dialled.push(host);
      return dial();
    },
    lost: (host) => void lost.push(host),
  };
  return { hosts, dialled, lost };
}

const broken: Remote = {
  run: async () => ({ kind: 'lost', reason: 'ECONNRESET', stdout: '', stderr: '' }),
  open: () => expect.fail('not to be used'),
  fresh: () => expect.fail('not to be used'),
  close: () => {},
};
const unreachable: Dialled = {
  kind: 'unreachable',
  problem: { code: 'unreachable', host: 'probe-1', message: 'no answer from port 22', remedy: '' },
};

it('looks from the vantage host, and says so', async () => {
  const remote = new LocalRemote();
  const { hosts } = hostsBy(() => ({ kind: 'connected', remote }));
  const checks = [check(tcp('127.0.0.1', open.port), { from }), check(command('true'), { from })];
  const seen = await runChecks(checks, { gateway: broken, hosts }, { withinMs: 100_000 }, () => {});
  expect(seen).toMatchObject([
    { verdict: 'pass', from: 'probe-1', seen: 'open' },
    { verdict: 'pass', from: 'probe-1', seen: 'exit 0' },
  ]);
});

it.each(['open', 'closed'] as const)(
  'never passes where its host can not be reached, when %s is expected',
  async (expected) => {
    const { hosts, dialled } = hostsBy(() => unreachable);
    const checks = [check(tcp('127.0.0.1', CLOSED_PORT, expected), { from, retries: 3 })];
    const seen = await runChecks(checks, { gateway, hosts }, { withinMs: 100_000 }, () => {});
    expect(seen).toMatchObject([
      {
        verdict: 'unknown',
        obstacle: 'vantage',
        tries: 1,
        seen: "vantage host probe-1 can't be reached: no answer from port 22",
      },
    ]);
    expect(dialled).toEqual(['probe-1']);
  },
);

it('dials again for the next try where the connection broke', async () => {
  let dials = 0;
  const { hosts, lost } = hostsBy(() => {
    dials += 1;
    return { kind: 'connected', remote: dials === 1 ? broken : gateway };
  });
  const checks = [check(tcp('127.0.0.1', CLOSED_PORT, 'refused'), { from, retries: 1 })];
  const seen = await runChecks(checks, { gateway, hosts }, { withinMs: 100_000 }, () => {});
  expect(seen).toMatchObject([{ verdict: 'pass', tries: 2 }]);
  expect(lost).toEqual(['probe-1']);
});

it('never passes where the connection breaks again and again', async () => {
  const { hosts } = hostsBy(() => ({ kind: 'connected', remote: broken }));
  const checks = [check(tcp('127.0.0.1', CLOSED_PORT, 'closed'), { from, retries: 1 })];
  const seen = await runChecks(checks, { gateway, hosts }, { withinMs: 100_000 }, () => {});
  expect(seen).toMatchObject([
    {
      verdict: 'unknown',
      obstacle: 'vantage',
      tries: 2,
      seen: 'connection to probe-1 was lost: ECONNRESET',
    },
  ]);
});

it('is an error of the check where the vantage host has no tool', async () => {
  const bare = gatewayWith([]);
  const { hosts } = hostsBy(() => ({ kind: 'connected', remote: bare }));
  const checks = [
    check(tcp('127.0.0.1', CLOSED_PORT, 'closed'), { from }),
    check(http('http://127.0.0.1:1/'), { from }),
  ];
  const seen = await runChecks(checks, { gateway, hosts }, { withinMs: 100_000 }, () => {});
  for (const one of seen)
    expect(one).toMatchObject({
      verdict: 'unknown',
      obstacle: 'tool',
      seen: expect.stringMatching(/^no tool on probe-1: install one of /),
    });
  bare.close();
});
