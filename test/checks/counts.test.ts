import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { binomialRange } from '../../src/checks/binomial.ts';
import { judgeCounters } from '../../src/checks/counters.ts';
import { judgeDistribution } from '../../src/checks/distribution.ts';
import type { Probe } from '../../src/checks/model.ts';
import { check, observe } from './example.ts';
import { CLOSED_PORT, serve } from './servers.ts';
import { gatewayWith, pathOf } from './tools.ts';

describe('how often chance allows something', () => {
  // As exact fractions have it: the counts outside of which there is at most half of the risk on each side.
  it.each([
    [10, 0.5, 0.05, [2, 8]],
    [60, 1 / 3, 0.0001 / 3, [6, 36]],
    [600, 1 / 3, 0.0001 / 3, [153, 249]],
    [10, 0, 0.05, [0, 0]],
    [10, 1, 0.05, [10, 10]],
    [1_000, 0.001, 0.0001, [0, 7]],
  ])('of %s tries at %s, with risk %s: %j', (n, p, risk, range) => {
    expect(binomialRange(n, p, risk)).toEqual(range);
  });

  it('leaves no more outside than the risk', () => {
    for (const n of [1, 7, 60, 997])
      for (const p of [0.01, 0.25, 0.5, 0.9]) {
        const [least, most] = binomialRange(n, p, 0.001);
        const chances = binomial(n, p);
        const outside = chances.reduce(
          (sum, one, count) => (count < least || count > most ? sum + one : sum),
          0,
        );
        expect(outside).toBeLessThanOrEqual(0.001);
      }
  });
});

/** Each from the one before. */
function binomial(n: number, p: number): readonly number[] {
  let row = [1];
  for (let i = 0; i < n; i++)
    row = Array.from({ length: row.length + 1 }, (_, k) => (row[k] ?? 0) * (1 - p) + (row[k - 1] ?? 0) * p);
  return row;
}

describe('a distribution', () => {
  const three = { b1: 1, b2: 1, b3: 1 };
  const lines = (...counts: readonly number[]) =>
    counts.flatMap((count, index) => Array<string>(count).fill(`answer b${index + 1}`));
  it.each([
    ['exact', three, lines(20, 20, 20), 'pass', 'b1 20, b2 20, b3 20'],
    ['exact', three, lines(21, 20, 19), 'pass', 'b1 21, b2 20, b3 19'],
    ['exact', three, lines(22, 20, 18), 'fail', 'b1 22, b2 20, b3 18'],
    ['exact', { b1: 3, b2: 1 }, lines(45, 15), 'pass', 'b1 45, b2 15'],
    // What three rules of "every 3" come to.
    ['exact', three, lines(27, 18, 15), 'fail', 'b1 27, b2 18, b3 15'],
    ['random', three, lines(27, 18, 15), 'pass', 'b1 27, b2 18, b3 15'],
    ['random', three, lines(40, 10, 10), 'fail', 'b1 40, b2 10, b3 10'],
    ['random', three, lines(60, 0, 0), 'fail', 'b1 60, b2 0, b3 0'],
    ['sticky', three, lines(0, 60, 0), 'pass', 'b1 0, b2 60, b3 0'],
    ['sticky', three, lines(1, 59, 0), 'fail', 'b1 1, b2 59, b3 0'],
    ['random', { b1: 1 }, lines(59, 1), 'fail', 'an answer of nobody who is named: "b2"'],
    ['random', three, lines(5), 'fail', '5 of 60 connections in 20 s'],
    ['random', three, [...lines(59), 'failed exit 7'], 'fail', '1 of 60 connections failed: exit 7'],
  ] as const)('by %s of %j', (by, shares, said, verdict, seen) => {
    expect(judgeDistribution({ connections: 60, expect: { by, shares } }, said, 20_000)).toEqual({
      verdict,
      seen,
    });
  });

  let site: Awaited<ReturnType<typeof serve>>;
  let turn = 0;
  beforeAll(async () => {
    site = await serve((_, response) => {
      turn += 1;
      response.end(`b${(turn % 3) + 1}\nmore of it\n`);
    });
  });
  afterAll(() => site.close());
  const round = (): Probe => ({
    kind: 'distribution',
    url: `http://127.0.0.1:${site.port}/`,
    connections: 9,
    expect: { by: 'exact', shares: three },
  });

  it.each([['the controller'], ['python3', 'timeout'], ['curl'], ['wget'], ['wget=busybox'], ['busybox']])(
    'is counted with %s, a connection each',
    async (...tools) => {
      const isHere = tools.includes('the controller');
      const far = isHere ? undefined : gatewayWith(tools);
      const before = site.connections();
      const from = isHere ? ('controller' as const) : ('gateway' as const);
      expect(await observe(check(round(), { from }), far)).toMatchObject({
        verdict: 'pass',
        seen: 'b1 3, b2 3, b3 3',
        expected: 'b1 2–4, b2 2–4, b3 2–4',
      });
      expect(site.connections() - before).toBe(9);
      const shut = { ...round(), url: `http://127.0.0.1:${CLOSED_PORT}/` } as Probe;
      expect(await observe(check(shut, { from }), far)).toMatchObject({
        verdict: 'fail',
        seen: expect.stringMatching(/^9 of 9 connections failed: /),
      });
      far?.close();
    },
  );
});

describe('counters', () => {
  const rules = (
    first: number,
    second: number,
    other = 5,
  ) => `[${other}:9] -A FORWARD2 -m comment --comment web -j ACCEPT
[${first}:60] -A FORWARD -p tcp -m tcp --dport 443 -m comment --comment "web in" -j ACCEPT
[${second}:40] -A FORWARD -m comment --comment web -j DROP
`;
  const text = (rule: string) => ({ kind: 'text' as const, text: rule });
  it.each([
    [text('--dport 443'), 1, rules(1, 1), rules(4, 9), 'pass', '3 packets'],
    [text('--dport 443'), 4, rules(1, 1), rules(4, 9), 'fail', '3 packets'],
    [text('--dport 443'), 0, rules(1, 1), rules(1, 9), 'pass', '0 packets'],
    [text('--dport 443'), 0, rules(1, 1), rules(2, 1), 'fail', '1 packet'],
    [text(''), 1, rules(1, 1), rules(4, 9), 'pass', '11 packets in 2 rules'],
    [{ kind: 'comment', text: 'web' }, 1, rules(1, 1), rules(1, 1, 99), 'fail', '0 packets'],
    [{ kind: 'comment', text: 'web in' }, 1, rules(1, 1), rules(2, 1), 'pass', '1 packet'],
    // The rules were restored meanwhile.
    [text('--dport 443'), 1, rules(100, 1), rules(2, 1), 'pass', '2 packets'],
    [text('--dport 80'), 0, rules(1, 1), rules(1, 1), 'fail', 'no rule of FORWARD with "--dport 80"'],
    [text(''), 0, '', '', 'fail', 'no rule of FORWARD in all'],
  ] as const)('of %j, at least %s', (rule, least, before, after, verdict, seen) => {
    expect(judgeCounters({ chain: 'FORWARD', rule, expect: least }, before, after)).toEqual({
      verdict,
      seen,
    });
  });
});

/** As `conntrack -L -o extended` and /proc/net/nf_conntrack write it. */
const ENTRIES = `ipv4     2 tcp      6 431999 ESTABLISHED src=10.64.0.9 dst=10.64.0.1 sport=4000 dport=80 src=10.65.255.1 dst=10.64.0.9 sport=80 dport=4000 [ASSURED] mark=0 use=1
ipv4     2 tcp      6 10 TIME_WAIT src=10.64.0.9 dst=10.64.0.1 sport=4001 dport=80 src=10.65.255.2 dst=10.64.0.9 sport=80 dport=4001 [ASSURED] mark=7 use=1
ipv4     2 udp      17 20 src=10.64.0.9 dst=10.64.0.1 sport=4000 dport=53 [UNREPLIED] src=10.64.0.1 dst=10.64.0.9 sport=53 dport=4000 mark=0 use=1
ipv6     10 tcp      6 431999 ESTABLISHED src=2001:db8::9 dst=2001:db8::1 sport=4000 dport=80 src=2001:0db8:0000:0000:0000:0000:0000:0001 dst=2001:db8::9 sport=80 dport=4000 [ASSURED] mark=0 use=1
`;

describe.skipIf(pathOf('awk') === undefined).each(['awk', 'awk=busybox'])('conntrack with %s', (awk) => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-conntrack-'));
  const fake = join(folder, 'conntrack');
  writeFileSync(fake, `#!/bin/sh\n/bin/cat <<'END'\n${ENTRIES}END\n`);
  chmodSync(fake, 0o755);
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['tcp', {}, 2],
    ['udp', {}, 1],
    ['tcp', { dst: ['10.64.0.1'], dport: ['80'] }, 2],
    ['tcp', { 'reply-src': ['10.65.255.1'] }, 1],
    ['tcp', { src: ['10.65.255.1'] }, 0],
    ['tcp', { state: ['TIME_WAIT'], mark: ['7'] }, 1],
    ['udp', { 'reply-sport': ['53'] }, 1],
    ['tcp', { sport: ['400'] }, 0],
  ] as const)('%s %j: %s', async (protocol, match, count) => {
    const far = gatewayWith([awk, `conntrack=${fake}`]);
    const probe: Probe = {
      kind: 'conntrack',
      family: 'ipv4',
      protocol,
      match,
      expect: { least: count, most: count },
    };
    expect(await observe(check(probe, { from: 'gateway' }), far)).toMatchObject({
      verdict: 'pass',
      seen: count === 1 ? '1 entry' : `${count} entries`,
    });
    far.close();
  });

  it('knows an address in each spelling', async () => {
    const far = gatewayWith([awk, `conntrack=${fake}`]);
    const match = {
      dst: ['2001:db8::1', '2001:0db8:0000:0000:0000:0000:0000:0001'],
      'reply-src': ['2001:db8::1', '2001:0db8:0000:0000:0000:0000:0000:0001'],
    };
    const probe: Probe = {
      kind: 'conntrack',
      family: 'ipv6',
      protocol: 'tcp',
      match,
      expect: { least: 0, most: 0 },
    };
    expect(await observe(check(probe, { from: 'gateway' }), far)).toMatchObject({
      verdict: 'fail',
      seen: expect.stringMatching(/^1 entry, such as ipv6 10 tcp /),
    });
    far.close();
  });
});
