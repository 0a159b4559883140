import https from 'node:https';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { selfSigned } from './certificate.ts';
import { check, http, observe } from './example.ts';
import { pages } from './pages.ts';
import { CLOSED_PORT, serve } from './servers.ts';

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

it.each([
  ['/200', {}, 'pass', 'status 200'],
  ['/204', { status: 204 }, 'pass', 'status 204'],
  ['/502', {}, 'fail', 'status 502'],
  ['/404', { status: 404, body: 'body of 404' }, 'pass', 'status 404'],
  ['/200', { status: 301 }, 'fail', 'status 200'],
  ['/200', { body: 'of 200' }, 'pass', 'status 200'],
  ['/200', { body: 'welcome' }, 'fail', 'status 200, body without "welcome"'],
  // Not followed: the answer is the redirect itself, and in the default range.
  ['/moved', {}, 'pass', 'status 302'],
  ['/moved', { status: 200 }, 'fail', 'status 302'],
  ['/long', { body: 'begin' }, 'pass', 'status 200'],
  ['/long', { body: 'end' }, 'fail', 'status 200, body without "end"'],
  ['/breaks', {}, 'fail', 'status 200, then the connection was closed within the body'],
] as const)('%s, expecting %j: %s, %s', async (path, expected, verdict, seen) => {
  expect(await observe(check(http(page(path), expected)))).toMatchObject({ verdict, seen });
});

it('fails a page that does not come, or stops coming, in time', async () => {
  for (const path of ['/silent', '/stalls']) {
    const observation = await observe(check(http(page(path)), { timeoutSeconds: 0.5 }));
    expect(observation).toMatchObject({ verdict: 'fail', seen: 'timed out after 0.5 s' });
  }
});

it('makes a new connection each time', async () => {
  const before = site.connections();
  await observe(check(http(page('/503')), { retries: 2 }));
  expect(site.connections() - before).toBe(3);
});

it('refuses a certificate that nobody vouches for', async () => {
  const observation = await observe(check(http(`https://127.0.0.1:${secure.port}/200`)));
  expect(observation).toMatchObject({ verdict: 'fail', seen: 'self-signed certificate' });
});

it('tells a refused connection', async () => {
  const observation = await observe(check(http(`http://[::1]:${CLOSED_PORT}/`)));
  expect(observation).toMatchObject({ verdict: 'fail', seen: 'connection refused' });
});

it.each(['healthz', 'ftp://127.0.0.1/', 'http://'])('refuses %s', async (url) => {
  const observation = await observe(check(http(url), { retries: 3 }));
  expect(observation).toMatchObject({
    verdict: 'fail',
    seen: expect.stringMatching(/^not an? .*URL/),
    tries: 1,
  });
});
