import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { send, signature } from '../../src/notify/send.ts';
import { Sensitive } from '../../src/sensitive.ts';

const secret = new Sensitive('s3cret');

it('signs as openssl does', () => {
  // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac s3cret
  expect(signature('{"a":1}', 1_700_000_000, secret)).toBe(
    't=1700000000,v1=1698a50bc74d1ff1db85c4e0a5297c2ad9fdba245d5737cdb789e4cc6e098940',
  );
});

type Got = { readonly headers: IncomingMessage['headers']; readonly body: string };

async function server(answer: (response: ServerResponse) => void) {
  const got: Got[] = [];
  const listening = createServer((request, response) => {
    let body = '';
    request.on('data', (bytes: Buffer) => {
      body += bytes.toString();
    });
    request.on('end', () => {
      got.push({ headers: request.headers, body });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    listening.closeAllConnections();
    listening.close();
  });
  const { port } = listening.address() as AddressInfo;
  return { got, url: new Sensitive(`http://127.0.0.1:${port}/hook/t0ken`) };
}

it('posts a body that its signature proves', async () => {
  const { got, url } = await server((response) => response.writeHead(204).end());
  expect(
    await send({ kind: 'webhook', url, secret }, '{"a":1}', AbortSignal.timeout(60_000)),
  ).toBeUndefined();
  const [{ headers, body } = { headers: {}, body: '' }] = got;
  const seconds = Number(/^t=(\d+)/.exec(String(headers['sluice-signature']))?.[1]);
  expect(headers['sluice-signature']).toBe(signature(body, seconds, secret));
  expect(headers['content-type']).toBe('application/json');
});

it('says what was wrong, without the address', async () => {
  const post = async (answer: (response: ServerResponse) => void, ms = 60_000) => {
    const { url, got } = await server(answer);
    const why = await send({ kind: 'webhook', url, secret }, '{}', AbortSignal.timeout(ms));
    return { why, asked: got.length };
  };
  expect(await post((response) => response.writeHead(500).end())).toEqual({
    why: 'the answer was 500',
    asked: 1,
  });
  expect(
    await post((response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()),
  ).toEqual({
    why: 'the answer was 302',
    asked: 1,
  });
  expect((await post(() => undefined, 300)).why).toBe('no answer in time');
  const url = new Sensitive('http://127.0.0.1:1/t0ken');
  const refused = await send({ kind: 'webhook', url, secret }, '{}', AbortSignal.timeout(60_000));
  expect(refused).toMatch(/^no connection/);
  expect(refused).not.toContain('t0ken');
});

it.each([
  ['reads it', ['sh', '-c', 'test "$(cat)" = \'{"a":"$(id)"}\''], undefined],
  ['reads nothing', ['true'], undefined],
  ['fails', ['sh', '-c', 'exit 3'], 'it ended with 3'],
  ['is not there', ['/nonexistent/program'], "it can't be run (ENOENT)"],
])('a command that %s', async (_name, argv, why) => {
  expect(await send({ kind: 'command', argv }, '{"a":"$(id)"}', AbortSignal.timeout(60_000))).toBe(why);
});

it('ends a command that hangs, with what it started', async () => {
  const argv = ['sh', '-c', 'sleep 600 & sleep 600'];
  expect(await send({ kind: 'command', argv }, '{}', AbortSignal.timeout(300))).toBe(
    'it did not end in time',
  );
});
