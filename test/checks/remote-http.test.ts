import https from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalRemote } from '../local-remote.ts';
import { selfSigned } from './certificate.ts';
import { check, http, observe } from './example.ts';
import { pages } from './pages.ts';
import { CLOSED_PORT, serve } from './servers.ts';
import { gatewayWith, isRoot, pathOf } from './tools.ts';

let site: Awaited<ReturnType<typeof serve>>;
let secure: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  site = await serve(pages);
  secure = await serve(pages, https.createServer(selfSigned()));
});
afterAll(async () => {
  await Promise.all([site.close(), secure.close()]);
});

const page = (path: string) => `http://127.0.0.1:${site.port}${path}`;
const patient = { from: 'gateway', timeoutSeconds: 20 } as const;

type Expected = { status?: number; body?: string };
const ANSWERS: [string, Expected, string, string | RegExp][] = [
  ['/200', { body: 'body of 200' }, 'pass', 'status 200'],
  ['/200', { body: 'welcome' }, 'fail', 'status 200, body without "welcome"'],
  ['/404', { status: 404 }, 'pass', 'status 404'],
  ['/503', {}, 'fail', 'status 503'],
  ['/moved', {}, 'pass', 'status 302'],
  ['/moved', { body: 'body of 200' }, 'fail', 'status 302, body without "body of 200"'],
  ['/long', { body: 'begin' }, 'pass', 'status 200'],
  ['/echo?a=$(id)&b=`id`', { body: 'a=$(id)&b=' }, 'pass', 'status 200'],
];

const KITS = [
  ['curl'],
  ['wget'],
  ['python3'],
  ['python3', 'timeout'],
  ['busybox', 'timeout'],
  ['wget=busybox', 'timeout'],
];

describe.each(KITS.map((tools) => ({ tools, title: tools.join(' and ') })))('with $title', ({ tools }) => {
  const isHere = tools.every((tool) => pathOf(tool.split('=').at(-1) ?? tool) !== undefined);
  const isBusyBox = tools.some((tool) => tool.includes('busybox'));
  let gateway: LocalRemote;
  beforeAll(() => {
    if (isHere) gateway = gatewayWith([...tools, 'head']);
  });
  afterAll(() => gateway?.close());

  it.skipIf(!isHere).each(ANSWERS)('%s, expecting %j: %s, %s', async (path, expected, verdict, seen) => {
    expect(await observe(check(http(page(path), expected), patient), gateway)).toMatchObject({
      verdict,
      seen,
    });
  });

  it.skipIf(!isHere)('tells a refused connection', async () => {
    const observation = await observe(check(http(`http://127.0.0.1:${CLOSED_PORT}/`), patient), gateway);
    expect(observation).toMatchObject({
      verdict: 'fail',
      seen: expect.stringMatching(/refused|[Cc]ould ?n.t connect/),
    });
  });

  it.skipIf(!isHere)('fails a page that does not come, or stops coming, in time', async () => {
    const soon = { from: 'gateway', timeoutSeconds: 1 } as const;
    const checks = ['/silent', '/stalls'].map((path) => observe(check(http(page(path)), soon), gateway));
    for (const observation of await Promise.all(checks)) {
      expect(observation).toMatchObject({
        verdict: 'fail',
        seen: expect.stringMatching(/timed out|broke off|no answer/),
      });
    }
  });

  it.skipIf(!isHere)('fails a page that breaks off', async () => {
    expect(await observe(check(http(page('/breaks')), patient), gateway)).toMatchObject({ verdict: 'fail' });
  });

  it.skipIf(!isHere)('refuses a certificate that nobody vouches for', async () => {
    const observation = await observe(check(http(`https://127.0.0.1:${secure.port}/200`), patient), gateway);
    // BusyBox would not look at the certificate: it is not asked.
    const refusal = isBusyBox
      ? { verdict: 'unknown', seen: 'no tool on the gateway: install one of curl, wget, python3' }
      : { verdict: 'fail', seen: expect.stringMatching(/certificate/) };
    expect(observation).toMatchObject(refusal);
  });
});

it.skipIf(!isRoot || pathOf('busybox') === undefined)('asks under the shell of BusyBox, too', async () => {
  for (const tools of [
    ['curl'],
    ['wget', 'timeout'],
    ['python3', 'timeout'],
    ['busybox', 'timeout=busybox'],
  ]) {
    const gateway = gatewayWith([...tools, 'head=busybox'], 'BusyBox shell');
    expect(await observe(check(http(page('/200'), { body: 'body of 200' }), patient), gateway)).toMatchObject(
      { verdict: 'pass' },
    );
    gateway.close();
  }
});
