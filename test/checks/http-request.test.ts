import { readdirSync, readFileSync } from 'node:fs';
import https from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Probe } from '../../src/checks/model.ts';
import { Sensitive } from '../../src/sensitive.ts';
import type { LocalRemote } from '../local-remote.ts';
import { selfSigned } from './certificate.ts';
import { check, observe } from './example.ts';
import { blackHole, CLOSED_PORT, type Listening, serve } from './servers.ts';
import { gatewayWith, pathOf } from './tools.ts';

const SECRET = 'Bearer s3"c\\r$(id)\'t é';
let shown: string[] = [];
let received: string[] = [];

/** Every command line of this machine, at this moment. */
function commandLines(): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8');
      } catch {
        return '';
      }
    })
    .join('\n');
}

let site: Awaited<ReturnType<typeof serve>>;
let secure: Awaited<ReturnType<typeof serve>>;
let hole: Listening;
const certificate = selfSigned();
beforeAll(async () => {
  const answer: Parameters<typeof serve>[0] = (request, response) => {
    if (request.headers.authorization !== undefined) shown.push(commandLines());
    response.writeHead(request.url === '/moved' ? 302 : 200, {
      ...(request.url === '/moved' ? { location: '/there' } : {}),
      'x-answer': 'first, second',
    });
    const { authorization = '', host, 'x-odd': odd } = request.headers;
    received.push(Buffer.from(authorization, 'latin1').toString());
    response.end(`${request.method} ${host} ${odd}`);
  };
  site = await serve(answer);
  secure = await serve(answer, https.createServer(certificate));
  hole = await blackHole();
});
afterAll(async () => {
  await Promise.all([site.close(), secure.close(), hole.close()]);
});

type HttpProbe = Extract<Probe, { kind: 'http' }>;
const ask = (path: string, more: Partial<HttpProbe> = {}): HttpProbe => {
  return { kind: 'http', url: `http://127.0.0.1:${site.port}${path}`, expect: {}, ...more };
};

const KITS = [['the controller'], ['curl'], ['wget'], ['python3']];

describe.each(KITS.map((tools) => ({ tools, title: tools.join(' and ') })))('with $title', ({ tools }) => {
  const isHere = tools.includes('the controller');
  const isThere = isHere || tools.every((tool) => pathOf(tool) !== undefined);
  const from = isHere ? ('controller' as const) : ('gateway' as const);
  let far: LocalRemote | undefined;
  beforeAll(() => {
    if (!isHere && isThere) far = gatewayWith([...tools, 'head', 'sed', 'cat', 'openssl']);
  });
  afterAll(() => far?.close());
  const look = (probe: Probe, timeoutSeconds = 20) => observe(check(probe, { from, timeoutSeconds }), far);

  it.skipIf(!isThere || tools.includes('wget'))(
    'sends a method and headers, of which no command line and no event tells',
    async () => {
      shown = [];
      received = [];
      const headers = { Authorization: new Sensitive(SECRET), Host: 'www.example', 'X-Odd': '%s "b" \\n' };
      const body = 'POST www.example %s "b" \\n';
      const seen = await look(ask('/', { method: 'POST', headers, expect: { body } }));
      expect(seen).toMatchObject({ verdict: 'pass', seen: 'status 200' });
      expect(received).toEqual([SECRET]);
      expect(shown).toHaveLength(1);
      expect(shown.join()).not.toContain('s3"c');
      const wrong = await look(ask('/', { headers, expect: { status: 404, body: 'nothing' } }));
      expect(JSON.stringify([seen, wrong])).not.toContain('s3');
      expect(wrong).toMatchObject({ verdict: 'fail', seen: 'status 200' });
    },
  );

  it.skipIf(!isThere)('asks with HEAD, and reads where it leads and other headers', async () => {
    const head = await look(ask('/', { method: 'HEAD', expect: { headers: { 'X-Answer': 'second' } } }));
    expect(head).toMatchObject({ verdict: 'pass' });
    for (const [location, verdict, seen] of [
      ['/there', 'pass', 'status 302, location /there'],
      [`http://127.0.0.1:${site.port}/there`, 'pass', 'status 302, location /there'],
      ['/elsewhere', 'fail', 'status 302, location "/there"'],
    ])
      expect(await look(ask('/moved', { expect: { location: location ?? '' } }))).toMatchObject({
        verdict,
        seen,
      });
    expect(await look(ask('/', { expect: { location: '/x' } }))).toMatchObject({
      seen: 'status 200, no location',
    });
    expect(await look(ask('/', { expect: { headers: { 'X-No': 'x' } } }))).toMatchObject({
      verdict: 'fail',
      seen: 'status 200, no header X-No',
    });
  });

  it.skipIf(!isThere)('looks at a port that is to be shut as at any other', async () => {
    // An open port that is expected to be shut is waited for in vain.
    const patience = { open: 20, refused: 20, filtered: 1, closed: 1 };
    const at = (port: number, expected: keyof typeof patience) =>
      look(ask('/', { url: `http://127.0.0.1:${port}/`, expect: { port: expected } }), patience[expected]);
    expect(await at(site.port, 'open')).toMatchObject({ verdict: 'pass', seen: 'status 200' });
    // It is no tool for ports.
    if (tools.includes('wget')) return;
    expect(await at(site.port, 'closed')).toMatchObject({ verdict: 'fail' });
    expect(await at(CLOSED_PORT, 'refused')).toMatchObject({ verdict: 'pass', seen: 'connection refused' });
    expect(await at(hole.port, 'filtered')).toMatchObject({ verdict: 'pass' });
  });
});

it.skipIf(pathOf('wget') === undefined)('asks no tool that would show a header', async () => {
  const far = gatewayWith(['wget', 'head', 'cat']);
  const probe = ask('/', { headers: { Authorization: new Sensitive(SECRET) } });
  expect(await observe(check(probe, { from: 'gateway' }), far)).toMatchObject({
    verdict: 'unknown',
    seen: 'no tool on the gateway: install one of curl, python3',
  });
  far.close();
});

it('sends nothing where a secret would be more than a header', async () => {
  const before = site.connections();
  const probe = ask('/', { headers: { Authorization: new Sensitive('x\r\nX-Other: y') } });
  for (const from of ['controller', 'gateway'] as const)
    expect(await observe(check(probe, { from }))).toMatchObject({
      verdict: 'unknown',
      seen: 'could not be tried: Error: the value of header Authorization holds a control character',
    });
  expect(site.connections()).toBe(before);
});

describe('how long a certificate is good for', () => {
  const days = (certificateDays: number): Probe =>
    ask('/', { url: `https://127.0.0.1:${secure.port}/`, expect: { certificateDays } });

  it.each([
    [1, 'pass', 'status 200, certificate good for 1 days'],
    [30, 'fail', 'status 200, certificate good for 1 days'],
  ])('%s days: %s', async (wanted, verdict, seen) => {
    const tools = ['curl', 'head', 'sed', 'cat', 'openssl', 'timeout'];
    const far = gatewayWith(tools);
    const trusting = { ...far, run: far.run.bind(far), open: far.open.bind(far) };
    // Whoever trusts that certificate.
    const remote = { ...trusting, fresh: far.fresh.bind(far), close: far.close.bind(far) };
    const program = (text: string) => text.replace('curl -q', 'curl -q -k');
    remote.run = (command, signal) => far.run({ ...command, program: program(command.program) }, signal);
    const seenThere = await observe(check(days(wanted), { from: 'gateway', timeoutSeconds: 20 }), remote);
    expect(seenThere).toMatchObject({ verdict, seen });
    far.close();
  });

  it('is an error of the check where nobody there can tell', async () => {
    const far = gatewayWith(['curl', 'head', 'sed', 'cat']);
    expect(await observe(check(days(1), { from: 'gateway' }), far)).toMatchObject({
      verdict: 'unknown',
      obstacle: 'tool',
    });
    far.close();
  });
});
