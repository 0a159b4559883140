import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalRemote } from '../local-remote.ts';
import { check, observe, tcp } from './example.ts';
import { blackHole, CLOSED_PORT, type Listening, listenSilently } from './servers.ts';
import { gatewayWith, isRoot, PROHIBITED, pathOf, UNREACHABLE } from './tools.ts';

let v4: Listening;
let v6: Listening;
let hole: Listening;
beforeAll(async () => {
  [v4, v6, hole] = await Promise.all([listenSilently(), listenSilently('::1'), blackHole()]);
});
afterAll(async () => {
  await Promise.all([v4.close(), v6.close(), hole.close()]);
});

const from = { from: 'gateway', timeoutSeconds: 1 } as const;
/** For tools that could be slow to start on a busy machine, where the far end is quick to answer. */
const patient = { from: 'gateway', timeoutSeconds: 20 } as const;

const KITS = [
  ['nc'],
  ['nc=busybox'],
  ['busybox'],
  ['bash', 'timeout'],
  ['bash', 'timeout=busybox'],
  ['python3'],
  ['curl'],
];

describe.each(KITS.map((tools) => ({ tools, title: tools.join(' and ') })))('with $title', ({ tools }) => {
  const isHere = tools.every((tool) => pathOf(tool.split('=').at(-1) ?? tool) !== undefined);
  let gateway: LocalRemote;
  beforeAll(() => {
    if (isHere) gateway = gatewayWith(tools);
  });
  afterAll(() => gateway?.close());

  it.skipIf(!isHere)('tells open, in both families', async () => {
    // curl takes its whole time to say so.
    const time = tools.includes('curl') ? from : patient;
    expect(await observe(check(tcp('127.0.0.1', v4.port), time), gateway)).toMatchObject({
      verdict: 'pass',
      seen: 'open',
    });
    expect(await observe(check(tcp('::1', v6.port), time), gateway)).toMatchObject({
      verdict: 'pass',
      seen: 'open',
    });
    expect(await observe(check(tcp('127.0.0.1', v4.port, 'closed'), time), gateway)).toMatchObject({
      verdict: 'fail',
    });
  });

  it.skipIf(!isHere)('tells refused', async () => {
    const seen = 'connection refused';
    expect(await observe(check(tcp('127.0.0.1', CLOSED_PORT), patient), gateway)).toMatchObject({
      verdict: 'fail',
      seen,
    });
    expect(await observe(check(tcp('::1', CLOSED_PORT, 'closed'), patient), gateway)).toMatchObject({
      verdict: 'pass',
      seen,
    });
  });

  it.skipIf(!isHere)('tells filtered', async () => {
    const seen = 'timed out after 1 s (filtered)';
    const probes = [tcp('127.0.0.1', hole.port), tcp('127.0.0.1', hole.port, 'closed')];
    const observations = await Promise.all(probes.map((probe) => observe(check(probe, from), gateway)));
    expect(observations.map((o) => [o.verdict, o.seen])).toEqual([
      ['fail', seen],
      ['pass', seen],
    ]);
  });

  it.skipIf(!isHere || !isRoot)('tells unreachable, prohibited, no network and no such name', async () => {
    const elsewhere = gatewayWith(tools, 'own network');
    const seenAt = async (address: string) =>
      (await observe(check(tcp(address, 443), patient), elsewhere)).seen;
    expect(await seenAt(UNREACHABLE)).toBe('no route to host');
    expect(await seenAt(PROHIBITED)).toBe('administratively prohibited');
    expect(await seenAt('192.0.2.3')).toBe('network is unreachable from here');
    expect(await seenAt('no-such-name.invalid')).toBe('the name does not resolve');
    elsewhere.close();
  });
});

it.skipIf(!isRoot || pathOf('busybox') === undefined)('looks under the shell of BusyBox, too', async () => {
  for (const tools of [['nc'], ['busybox'], ['bash', 'timeout'], ['python3'], ['nc=/bin/false', 'curl']]) {
    const gateway = gatewayWith(tools, 'BusyBox shell');
    expect(await observe(check(tcp('::1', CLOSED_PORT), patient), gateway)).toMatchObject({
      seen: 'connection refused',
    });
    gateway.close();
  }
});

it('says what to install where there is no tool', async () => {
  const gateway = gatewayWith([]);
  expect(await observe(check(tcp('127.0.0.1', v4.port), { ...patient, retries: 3 }), gateway)).toMatchObject({
    verdict: 'unknown',
    seen: 'no tool on the gateway: install one of nc, bash with timeout, python3, curl',
    tries: 1,
  });
  gateway.close();
});

it('asks the next tool when one can not be understood, and quotes the last when none can', async () => {
  const puzzled = gatewayWith(['nc=/bin/false', 'python3=/bin/false']);
  expect(await observe(check(tcp('127.0.0.1', v4.port, 'closed'), patient), puzzled)).toMatchObject({
    verdict: 'unknown',
  });
  puzzled.close();
  const rescued = gatewayWith(['nc=/bin/false', 'bash', 'timeout']);
  expect(await observe(check(tcp('127.0.0.1', v4.port), patient), rescued)).toMatchObject({
    verdict: 'pass',
  });
  rescued.close();
});

it('hands values over as they are, and none as an option or as program text', async () => {
  const gateway = gatewayWith(['bash', 'timeout', 'python3']);
  for (const address of ['$(kill $$)', '"; exit 0; "', '`exit 0`', "';exit 0;'"]) {
    expect(await observe(check(tcp(address, 1), patient), gateway)).toMatchObject({ verdict: 'fail' });
  }
  expect(await observe(check(tcp('-e/bin/sh', 1), patient), gateway)).toMatchObject({
    verdict: 'unknown',
    seen: 'not an address',
  });
  gateway.close();
});
