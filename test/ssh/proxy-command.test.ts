import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Problem } from '../../src/problem.ts';
import { createDialer } from '../../src/ssh/dialer.ts';
import { proxyLine } from '../../src/ssh/proxy-command.ts';
import type { Target } from '../../src/ssh/target.ts';
import { hasSshd, type Sshd, startSshd } from './sshd.ts';
import { PLAIN } from './terms.ts';

const terms = { ...PLAIN, name: 'gw1', port: 2222, user: 'root' };

test('tokens are expanded for the address that is dialled', () => {
  expect(proxyLine('nc -x %% %h %n %p %r', terms, '192.0.2.1')).toBe('nc -x % 192.0.2.1 gw1 2222 root');
});

test.each<[string, Partial<Target>, string]>([
  ['an address', {}, '$(id)'],
  ['an address like an option', {}, '-oProxyCommand=x'],
  ['the name', { name: 'gw1;id' }, '192.0.2.1'],
  ['the name with a blank', { name: 'gw1 x' }, '192.0.2.1'],
  ['the user', { user: 'root`id`' }, '192.0.2.1'],
  ['a user like an option', { user: '-l' }, '192.0.2.1'],
  ['a user with an option', { user: 'a -b' }, '192.0.2.1'],
])('%s that a shell would act on is refused', (_what, changes, address) => {
  expect(proxyLine('nc %h', { ...terms, ...changes }, address)).toBeUndefined();
});

describe.skipIf(!hasSshd)('a real sshd behind a ProxyCommand', () => {
  let sshd: Sshd;
  let relay: string;

  beforeAll(async () => {
    sshd = await startSshd();
    mkdirSync(sshd.path('empty home'));
    const script = `import { connect } from 'node:net';
const [host, port] = process.argv.slice(2);
const socket = connect(Number(port), host);
process.stdin.pipe(socket);
socket.pipe(process.stdout);
`;
    relay = `${process.execPath} ${sshd.write('relay.mjs', script)}`;
  });
  afterAll(() => sshd.stop());

  const dial = (command: string, changes: Partial<Target> = {}, signal?: AbortSignal) => {
    const target = sshd.target({ way: { kind: 'command', command }, ...changes });
    return createDialer({ home: sshd.path('empty home') }).dial(target, signal);
  };
  const refusal = async (command: string, changes: Partial<Target> = {}): Promise<Problem> => {
    const dialled = await dial(command, changes);
    if (dialled.kind === 'connected') throw new Error('connected, and should not have');
    return dialled.problem;
  };
  /** A command that notes its own process and that of a child, and then waits for ever. */
  const waiting = () =>
    `sh -c 'sleep 1000 & echo $$ $! >${sshd.path('pids')}.new; mv ${sshd.path('pids')}.new ${sshd.path('pids')}; wait'`;
  const pids = () => readFileSync(sshd.path('pids'), 'utf8').trim().split(' ');
  const isAlive = (pid: string) => existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(statusOf(pid));
  const statusOf = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/status`, 'utf8');
    } catch {
      return '';
    }
  };

  test('carries the connection, much of it too, and is gone with it', async () => {
    const command = `sh -c 'echo $$ >${sshd.path('pid')}; ${relay} %h %p'`;
    const dialled = await dial(command);
    if (dialled.kind === 'unreachable') throw new Error(JSON.stringify(dialled.problem));
    const text = 'x'.repeat(3_000_000);
    expect(await dialled.remote.run({ program: 'wc -c; cat', stdin: text })).toMatchObject({
      kind: 'exited',
      code: 0,
    });
    expect(await dialled.remote.run({ program: 'cat', stdin: text })).toMatchObject({ stdout: text });
    dialled.remote.close();
    const pid = readFileSync(sshd.path('pid'), 'utf8').trim();
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 30_000 });
  });

  test('one that fails is told at once, with its status and its words', async () => {
    expect(await refusal("sh -c 'echo no way to %h >&2; exit 3'")).toEqual({
      code: 'proxy-command-failed',
      host: 'gw1',
      message: 'the ProxyCommand ended with status 3: no way to 127.0.0.1',
      remedy: "Try it by hand; an SSH greeting must come out: sh -c 'echo no way to 127.0.0.1 >&2; exit 3'",
    });
  });

  test('one that is not there is told', async () => {
    const { message } = await refusal('/nowhere/at/all %h');
    expect(message).toMatch(/^the ProxyCommand ended with status 127: .*\/nowhere\/at\/all/);
  });

  test('the time limit holds, and its whole process group is killed', async () => {
    expect(await refusal(waiting(), { timeoutMs: 2000 })).toMatchObject({ code: 'handshake-timeout' });
    await vi.waitFor(() => expect(pids().filter(isAlive)).toEqual([]), { timeout: 30_000 });
  });

  test('the signal ends it', async () => {
    const giveUp = new AbortController();
    const dialling = dial("sh -c 'sleep 1000'", {}, giveUp.signal);
    giveUp.abort();
    expect(await dialling).toMatchObject({ kind: 'unreachable', problem: { code: 'aborted' } });
  });

  test('a further address is that of the command', async () => {
    const dialled = await dial(`${relay} %h %p`);
    if (dialled.kind === 'unreachable') throw new Error(JSON.stringify(dialled.problem));
    const further = await dialled.remote.fresh({ address: '127.0.0.2' });
    if (further.kind === 'unreachable') throw new Error(JSON.stringify(further.problem));
    const { stdout } = await further.remote.run({ program: 'echo "$SSH_CONNECTION"' });
    expect(stdout).toMatch(/^127\.0\.0\.\d+ \d+ 127\.0\.0\.2 /);
    further.remote.close();
    dialled.remote.close();
  });
});
