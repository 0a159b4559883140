import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Remote } from '../../src/remote.ts';
import { compressed } from '../../src/ssh/algorithms.ts';
import { createDialer } from '../../src/ssh/dialer.ts';
import type { Target } from '../../src/ssh/target.ts';
import { hasSshd, type Sshd, startSshd } from './sshd.ts';

describe.skipIf(!hasSshd)('a remote over a real sshd', () => {
  let sshd: Sshd;
  let remote: Remote;
  const connected = async (target: Target): Promise<Remote> => {
    const dialled = await createDialer({ home: sshd.folder }).dial(target);
    if (dialled.kind === 'unreachable') throw new Error(JSON.stringify(dialled.problem));
    return dialled.remote;
  };

  beforeAll(async () => {
    sshd = await startSshd({ config: ['MaxSessions 2'] });
    remote = await connected(sshd.target());
  });
  afterAll(async () => {
    remote.close();
    await sshd.stop();
  });

  test('answers exit code, stdout and stderr', async () => {
    const result = await remote.run({ program: 'echo out; echo err >&2; exit 7' });
    expect(result).toEqual({ kind: 'exited', code: 7, stdout: 'out\n', stderr: 'err\n' });
  });

  test('hands over arguments, with the SSH_CONNECTION first', async () => {
    const args = ['', "it's", 'a  b', '$HOME `id` "\\', 'line\nline', 'ünï', '-n', '*'];
    const result = await remote.run({ program: 'echo "$0"; printf "<%s>" "$@"', args });
    expect(result).toMatchObject({ kind: 'exited', code: 0 });
    const [name, rest = ''] = result.stdout.split(/\n(.*)/s);
    expect(name).toBe('sluice');
    expect(rest).toMatch(new RegExp(`^<127\\.0\\.0\\.1 \\d+ 127\\.0\\.0\\.1 ${sshd.port}>`));
    expect(rest.replace(/^<[^>]*>/, '')).toBe(args.map((arg) => `<${arg}>`).join(''));
  });

  test('takes a program that fills a command line', async () => {
    const text = 'x'.repeat(120_000);
    const result = await remote.run({ program: 'printf %s "$2" | wc -c', args: [text] });
    expect(result).toMatchObject({ kind: 'exited', code: 0, stdout: '120000\n' });
  });

  test('says by which signal a program died', async () => {
    expect(await remote.run({ program: 'kill -KILL $$' })).toMatchObject({
      kind: 'signalled',
      signal: 'SIGKILL',
    });
  });

  test('brings 5 MB there and back, characters whole', async () => {
    const text = `${randomBytes(1_250_000).toString('hex')}${'€ü😀'.repeat(280_000)}`;
    const result = await remote.run({ program: 'cat', stdin: text });
    expect(result.kind).toBe('exited');
    expect(result.stdout === text).toBe(true);
  });

  test('a program that ends before it has read its stdin is not lost', async () => {
    const result = await remote.run({ program: 'exit 3', stdin: Buffer.alloc(10_000_000) });
    expect(result).toMatchObject({ kind: 'exited', code: 3 });
  });

  test('a login that is root already needs no sudo to become root', async () => {
    const other = await connected(sshd.target({ become: true }));
    const result = await other.run({ program: 'echo "$SUDO_USER"', become: true });
    other.close();
    if (sshd.user === 'root') expect(result.stdout).toBe('\n');
    else expect(result.kind).toBe('exited');
  });

  test('talks with a program while it runs', async () => {
    const conversation = remote.open({
      program: 'while read -r line; do echo "got $line"; done; echo bye >&2; exit 4',
    });
    conversation.write('one\n');
    const chunks = conversation.output[Symbol.asyncIterator]();
    expect(await readLine(chunks)).toBe('got one\n');
    conversation.write('two\n');
    expect(await readLine(chunks)).toBe('got two\n');
    conversation.end();
    expect(await chunks.next()).toMatchObject({ done: true });
    expect(await conversation.done).toEqual({ kind: 'exited', code: 4, stdout: '', stderr: 'bye\n' });
    conversation.write('dropped');
    conversation.end();
  });

  test('settles a conversation whose output nobody reads', async () => {
    const conversation = remote.open({ program: 'head -c 3000000 /dev/zero' });
    expect(await conversation.done).toMatchObject({ kind: 'exited', code: 0 });
  });

  test('dials afresh: another TCP connection', async () => {
    const dialled = await remote.fresh();
    if (dialled.kind === 'unreachable') throw new Error(dialled.problem.message);
    const program = 'echo "$1"';
    const [first, second] = [await remote.run({ program }), await dialled.remote.run({ program })];
    dialled.remote.close();
    expect(second.stdout).toMatch(/^127\.0\.0\.1 /);
    expect(second.stdout).not.toBe(first.stdout);
  });

  test('dials another address under the host key of the first', async () => {
    const dialled = await remote.fresh({ address: '127.0.0.2' });
    if (dialled.kind === 'unreachable') throw new Error(dialled.problem.message);
    const result = await dialled.remote.run({ program: 'echo "$1"' });
    expect(result.stdout).toMatch(new RegExp(` 127\\.0\\.0\\.2 ${sshd.port}\n$`));
    dialled.remote.close();
  });

  test('a session killed on the server is lost, what it printed before is kept', async () => {
    const other = await connected(sshd.target());
    const conversation = other.open({
      program: 'echo started >&2; echo ready; read -r line; echo "$PPID"; cat',
    });
    const chunks = conversation.output[Symbol.asyncIterator]();
    await readLine(chunks);
    conversation.write('\n');
    process.kill(Number(await readLine(chunks)), 'SIGKILL');
    expect(await conversation.done).toMatchObject({ kind: 'lost', stderr: 'started\n' });
    expect(await chunks.next()).toMatchObject({ done: true });
    expect(await other.run({ program: 'true' })).toMatchObject({ kind: 'lost' });
    other.close();
  });

  test('a network that goes away mid-run is lost', async () => {
    const proxy = await startProxy(sshd.port);
    const known = sshd.write('known_proxy', `[127.0.0.1]:${proxy.port} ${sshd.hostKey('ed25519')}\n`);
    const other = await connected(sshd.target({ port: proxy.port, userKnownHostsFiles: [known] }));
    const conversation = other.open({ program: 'echo up; cat' });
    await readLine(conversation.output[Symbol.asyncIterator]());
    proxy.cut();
    expect(await conversation.done).toMatchObject({ kind: 'lost' });
  });

  test('what is compressed arrives whole, in fewer bytes', async () => {
    const proxy = await startProxy(sshd.port);
    const known = sshd.write('known_proxy', `[127.0.0.1]:${proxy.port} ${sshd.hostKey('ed25519')}\n`);
    const other = await connected(
      sshd.target({ port: proxy.port, userKnownHostsFiles: [known], algorithms: compressed }),
    );
    const text = 'rules, '.repeat(100_000);
    const result = await other.run({ program: 'cat', stdin: text });
    expect(result.stdout === text).toBe(true);
    expect(proxy.sentBytes()).toBeLessThan(text.length / 10);
    other.close();
    proxy.cut();
  });

  test('an abort gives a program up at once, and leaves the connection usable', async () => {
    const abort = new AbortController();
    const conversation = remote.open({ program: 'echo up; cat' }, abort.signal);
    await readLine(conversation.output[Symbol.asyncIterator]());
    abort.abort();
    expect(await conversation.done).toMatchObject({ kind: 'lost', reason: 'aborted' });
    expect(await remote.run({ program: 'true' }, abort.signal)).toMatchObject({
      kind: 'lost',
      reason: 'aborted',
    });
    expect(await remote.run({ program: 'true' })).toMatchObject({ kind: 'exited', code: 0 });
  });

  test('a program that was given up is told by the end of its stdin', async () => {
    const abort = new AbortController();
    const marker = sshd.path('given up');
    const conversation = remote.open({ program: 'echo up; cat; : >"$2"', args: [marker] }, abort.signal);
    await readLine(conversation.output[Symbol.asyncIterator]());
    abort.abort();
    await conversation.done;
    const waiting = await remote.run({ program: 'until [ -e "$2" ]; do sleep 0.05; done', args: [marker] });
    expect(waiting).toMatchObject({ kind: 'exited', code: 0 });
  });

  test('a channel that the server refuses is lost with its reason', async () => {
    const other = await connected(sshd.target());
    const open = [other.open({ program: 'cat' }), other.open({ program: 'cat' })];
    const refused = await other.run({ program: 'true' });
    expect(refused).toMatchObject({
      kind: 'lost',
      reason: expect.stringMatching(/no channel.*open failed/i),
    });
    for (const conversation of open) conversation.end();
    for (const { done } of open) expect(await done).toMatchObject({ kind: 'exited', code: 0 });
    other.close();
  });

  test('closing loses what runs, twice is once, and nothing runs after', async () => {
    const other = await connected(sshd.target());
    const running = other.open({ program: 'cat' });
    other.close();
    other.close();
    expect(await running.done).toMatchObject({ kind: 'lost', reason: 'the connection was closed here' });
    expect(await other.run({ program: 'true' })).toMatchObject({ kind: 'lost' });
  });

  test('throws on misuse', async () => {
    await expect(remote.run({ program: 'x'.repeat(140_000) })).rejects.toThrow(RangeError);
    expect(() => remote.open({ program: 'true', args: ['\0'] })).toThrow(RangeError);
  });
});

async function readLine(chunks: AsyncIterator<Uint8Array>): Promise<string> {
  let text = '';
  while (!text.endsWith('\n')) {
    const next = await chunks.next();
    if (next.done) throw new Error(`ended after ${JSON.stringify(text)}`);
    text += Buffer.from(next.value).toString();
  }
  return text;
}

/** A TCP relay that can vanish. */
async function startProxy(to: number): Promise<{ port: number; sentBytes(): number; cut(): void }> {
  const sockets: Socket[] = [];
  let sent = 0;
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    sockets.push(near, far);
    for (const socket of [near, far]) socket.on('error', () => {});
    near.on('data', (chunk) => {
      sent += chunk.length;
    });
    near.pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    sentBytes: () => sent,
    cut() {
      server.close();
      for (const socket of sockets) socket.resetAndDestroy();
    },
  };
}
