import { afterAll, beforeAll, expect, it } from 'vitest';
import { check, observe, tcp } from './example.ts';
import { blackHole, CLOSED_PORT, type Listening, listenSilently } from './servers.ts';

let v4: Listening;
let v6: Listening;
let hole: Listening;
beforeAll(async () => {
  [v4, v6, hole] = await Promise.all([listenSilently(), listenSilently('::1'), blackHole()]);
});
afterAll(async () => {
  await Promise.all([v4.close(), v6.close(), hole.close()]);
});

it('passes where an open port is open, in both families', async () => {
  expect(await observe(check(tcp('127.0.0.1', v4.port)))).toMatchObject({ verdict: 'pass', seen: 'open' });
  expect(await observe(check(tcp('::1', v6.port)))).toMatchObject({ verdict: 'pass', seen: 'open' });
});

it('tells a refused port', async () => {
  expect(await observe(check(tcp('::1', CLOSED_PORT)))).toMatchObject({
    verdict: 'fail',
    seen: 'connection refused',
  });
  expect(await observe(check(tcp('127.0.0.1', CLOSED_PORT, 'closed')))).toMatchObject({
    verdict: 'pass',
    seen: 'connection refused',
  });
});

it('tells a filtered port', async () => {
  const soon = { timeoutSeconds: 0.5 };
  const seen = 'timed out after 0.5 s (filtered)';
  expect(await observe(check(tcp('127.0.0.1', hole.port), soon))).toMatchObject({ verdict: 'fail', seen });
  expect(await observe(check(tcp('127.0.0.1', hole.port, 'closed'), soon))).toMatchObject({
    verdict: 'pass',
    seen,
  });
});

it('fails, after its retries, where a port that should be closed is open', async () => {
  const observation = await observe(check(tcp('127.0.0.1', v4.port, 'closed'), { retries: 2 }));
  expect(observation).toMatchObject({ verdict: 'fail', seen: 'open', expected: 'closed', tries: 3 });
});

it('tells a name that does not resolve', async () => {
  // No resolver is asked for a label of more than 63 characters.
  const name = `${'x'.repeat(64)}.example`;
  expect(await observe(check(tcp(name, 443)))).toMatchObject({
    verdict: 'fail',
    seen: 'the name does not resolve',
  });
  expect(await observe(check(tcp(name, 443, 'closed')))).toMatchObject({ verdict: 'unknown' });
});

it('sees an open port even when this process was too busy to look in time', async () => {
  const busy = observe(check(tcp('127.0.0.1', v4.port, 'closed'), { timeoutSeconds: 0.02 }));
  // Let it dial. The kernel completes the connection at once; the timer is long due before we can read of it.
  await new Promise((resolve) => process.nextTick(resolve));
  const until = performance.now() + 500;
  while (performance.now() < until);
  expect(await busy).toMatchObject({ verdict: 'fail', seen: 'open' });
});
