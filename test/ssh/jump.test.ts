import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Problem } from '../../src/problem.ts';
import type { Dialled, Remote } from '../../src/remote.ts';
import { createDialer, type Dialer } from '../../src/ssh/dialer.ts';
import { createController, targetOf } from '../../src/ssh/target.ts';
import { generateKey, hasSshd, type Sshd, startSshd } from './sshd.ts';

/** Two hosts to jump through and a gateway behind them, all on this machine; `-F` names the file that says so. */
describe.skipIf(!hasSshd)('through jump hosts', () => {
  let gateway: Sshd;
  let first: Sshd;
  let second: Sshd;
  let dialer: Dialer;

  beforeAll(async () => {
    [gateway, first, second] = await Promise.all([
      startSshd({ config: ['MaxStartups 200'] }),
      startSshd(),
      startSshd(),
    ]);
    mkdirSync(gateway.path('empty home'));
    generateKey(gateway.path('stranger'));
  });
  afterAll(() => Promise.all([gateway, first, second].map((each) => each.stop())));
  beforeEach(() => {
    dialer = createDialer({ home: gateway.path('empty home') });
  });
  afterEach(() => dialer.close());

  /** A block for a server, which its own known_hosts knows. */
  const block = (name: string, sshd: Sshd, ...more: readonly string[]) =>
    [
      `Host ${name}`,
      'HostName 127.0.0.1',
      ...more,
      `Port ${sshd.port}`,
      `IdentityFile ${sshd.keyFile}`,
      `UserKnownHostsFile ${sshd.path('known_hosts')}`,
      '',
    ].join('\n');

  const dialAs = async (
    name: string,
    blocks: readonly string[],
    args = '',
    signal?: AbortSignal,
  ): Promise<Dialled[]> => {
    const account = {
      home: gateway.path('empty home'),
      localUser: gateway.user,
      uid: process.getuid?.() ?? 0,
      hostname: 'controller',
      env: {},
    };
    const controller = createController(account);
    const flags = { sshCommonArgs: `-F ${gateway.write('ssh_config', blocks.join('\n'))} ${args}` };
    const names = name.split(' ');
    return Promise.all(
      names.map(async (each) => {
        const target = await targetOf({ name: each, groups: [], vars: {} }, flags, controller);
        if (Array.isArray(target)) throw new Error(JSON.stringify(target));
        return dialer.dial(target, signal);
      }),
    );
  };
  const connected = (dialled: readonly Dialled[]): Remote[] =>
    dialled.map((each) => {
      if (each.kind === 'unreachable') throw new Error(JSON.stringify(each.problem, null, 2));
      return each.remote;
    });
  const refused = ([dialled]: readonly Dialled[]): Problem => {
    if (dialled?.kind !== 'unreachable') throw new Error('connected, and should not have');
    return dialled.problem;
  };
  /** Told by what each sshd logs, which may come a moment later. */
  const countFrom = () => {
    const before = [gateway, first, second].map((each) => each.logins());
    return () => [gateway, first, second].map((each, at) => each.logins() - (before[at] ?? 0));
  };

  test('two of them, each logged in to once for all that are behind them', async () => {
    const counts = countFrom();
    const names = Array.from({ length: 60 }, (_, at) => `gw${at}`).join(' ');
    const blocks = [
      block('gw*', gateway, 'ProxyJump one,two', 'ConnectTimeout 120'),
      block('one', first, 'ConnectTimeout 120'),
      block('two', second, 'ConnectTimeout 120'),
    ];
    const remotes = connected(await dialAs(names, blocks));
    const [one] = remotes;
    const again = connected([(await one?.fresh()) as Dialled]);
    const peers = await Promise.all(
      [...remotes.slice(0, 2), ...again].map((remote) => remote.run({ program: 'echo "$SSH_CONNECTION"' })),
    );
    for (const remote of [...remotes, ...again]) remote.close();
    // Each is a TCP connection of its own.
    expect(new Set(peers.map(({ stdout }) => stdout)).size).toBe(3);
    await expect.poll(counts, { timeout: 10_000 }).toEqual([61, 1, 1]);
    expect(dialer.statistics()).toEqual({ connections: 61 });
  });

  test("a jump host's own ProxyJump is taken", async () => {
    const counts = countFrom();
    const blocks = [
      block('gw1', gateway, 'ProxyJump two'),
      block('two', second, 'ProxyJump one'),
      block('one', first),
    ];
    for (const remote of connected(await dialAs('gw1', blocks))) remote.close();
    await expect.poll(counts, { timeout: 10_000 }).toEqual([1, 1, 1]);
  });

  test('-J wins over the file, and other arguments are not for the jump host', async () => {
    const blocks = [block('gw1', gateway, 'ProxyJump nowhere'), block('one', first)];
    const args = `-J ${gateway.user}@one -o UserKnownHostsFile=${gateway.path('known_hosts')} -o Port=${gateway.port}`;
    const counts = countFrom();
    for (const remote of connected(await dialAs('gw1', blocks, args))) remote.close();
    await expect.poll(counts, { timeout: 10_000 }).toEqual([1, 1, 0]);
  });

  test('one that died is dialled anew, and what was behind it is gone', async () => {
    const blocks = [block('gw1', gateway, 'ProxyJump one'), block('one', first)];
    const counts = countFrom();
    const [remote] = connected(await dialAs('gw1', blocks));
    const running = remote?.run({ program: 'echo up >&2; sleep 1000' });
    dialer.close();
    expect(await running).toMatchObject({ kind: 'lost' });
    for (const each of connected([(await remote?.fresh()) as Dialled])) each.close();
    await expect.poll(counts, { timeout: 10_000 }).toEqual([2, 2, 0]);
  });

  test('one whose rules have changed is dialled anew, and what was behind it goes on', async () => {
    const blocks = [block('gw1', gateway, 'ProxyJump one'), block('one', first)];
    const counts = countFrom();
    const [remote] = connected(await dialAs('gw1', blocks));
    // Of several addresses, one is its own; those of others change nothing.
    dialer.renew(['192.0.2.1']);
    for (const each of connected([(await remote?.fresh()) as Dialled])) each.close();
    await expect.poll(counts, { timeout: 10_000 }).toEqual([2, 1, 0]);
    dialer.renew(['192.0.2.1', '127.0.0.1']);
    for (const each of connected([(await remote?.fresh()) as Dialled])) each.close();
    await expect.poll(counts, { timeout: 10_000 }).toEqual([3, 2, 0]);
    expect(await remote?.run({ program: 'echo on' })).toMatchObject({ kind: 'exited', stdout: 'on\n' });
    remote?.close();
  });

  test('those behind one whose rules have changed are dialled anew, too, and it is known by its name', async () => {
    const blocks = [
      block('gw1', gateway, 'ProxyJump two'),
      block('two', second, 'ProxyJump one'),
      block('one', first),
    ];
    const counts = countFrom();
    const [remote] = connected(await dialAs('gw1', blocks));
    dialer.renew(['one']);
    for (const each of connected([(await remote?.fresh()) as Dialled])) each.close();
    await expect.poll(counts, { timeout: 10_000 }).toEqual([2, 2, 2]);
    dialer.renew(['two']);
    for (const each of connected([(await remote?.fresh()) as Dialled])) each.close();
    await expect.poll(counts, { timeout: 10_000 }).toEqual([3, 2, 3]);
    remote?.close();
  });

  test('a gateway that its jump host cannot reach is told as that', async () => {
    const blocks = [block('gw1', gateway, 'Port 1', 'ProxyJump one'), block('one', first)];
    expect(refused(await dialAs('gw1', blocks))).toMatchObject({
      code: 'jump-refused',
      host: 'gw1',
      message: `jump host one can't open a connection to 127.0.0.1 port 1 (through jump host one): Connection refused`,
    });
  });

  test('one that forbids forwarding says so', async () => {
    const strict = await startSshd({ config: ['AllowTcpForwarding no'] });
    const blocks = [block('gw1', gateway, 'ProxyJump one'), block('one', strict)];
    const problem = refused(await dialAs('gw1', blocks));
    await strict.stop();
    expect(problem).toMatchObject({
      code: 'jump-refused',
      remedy: expect.stringContaining('AllowTcpForwarding'),
    });
  });

  test('one whose host key has changed is refused, by its own name', async () => {
    const key = readFileSync(gateway.path('stranger.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
    const known = gateway.write('wrong', `[127.0.0.1]:${first.port} ${key}\n`);
    const blocks = [
      block('gw1', gateway, 'ProxyJump one'),
      block('one', first, `UserKnownHostsFile ${known}`),
    ];
    expect(refused(await dialAs('gw1', blocks))).toMatchObject({
      code: 'host-key-changed',
      host: 'gw1',
      file: known,
      message: expect.stringContaining(
        `the host key of jump host one (127.0.0.1 port ${first.port}) has changed`,
      ),
    });
  });

  test("a gateway's unknown key behind one: scanned by its name, through it", async () => {
    const blocks = [
      block('gw1', gateway, `UserKnownHostsFile ${gateway.write('none', '')}`, 'ProxyJump one'),
      block('one', first),
    ];
    const { code, remedy } = refused(await dialAs('gw1', blocks));
    expect(code).toBe('host-key-unknown');
    expect(remedy).toContain('sluice hostkeys scan gw1');
  });

  test('one that lets nobody in is named, with what was offered', async () => {
    const blocks = [
      block('gw1', gateway, 'ProxyJump one'),
      block('one', first, 'IdentitiesOnly yes', `IdentityFile ${gateway.path('stranger')}`).replace(
        first.keyFile,
        'none',
      ),
    ];
    const problem = refused(await dialAs('gw1', blocks));
    expect(problem).toMatchObject({ code: 'auth-failed', host: 'gw1' });
    expect(problem.message).toContain(`jump host one (127.0.0.1 port ${first.port}) does not let user`);
    expect(problem.remedy).toContain(gateway.path('stranger'));
  });

  test('one that is down is named, for every hop', async () => {
    const blocks = [
      block('gw1', gateway, 'ProxyJump two'),
      block('two', second, 'ProxyJump one'),
      block('one', first, 'Port 1'),
    ];
    expect(refused(await dialAs('gw1', blocks))).toMatchObject({
      code: 'connection-refused',
      host: 'gw1',
      message: `jump host one (127.0.0.1 port 1) refuses connections`,
    });
  });

  describe('that never answer', () => {
    let silent: Server;
    let blocks: readonly string[];

    beforeAll(async () => {
      silent = createServer(() => undefined).listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const address = silent.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      blocks = [block('gw*', gateway, 'ProxyJump one'), block('one', first, `Port ${port}`)];
    });
    afterAll(() => {
      silent.close();
    });

    test("the gateway's own time limit holds, and the jump host is named", async () => {
      const problem = refused(await dialAs('gw1', ['ConnectTimeout 1', ...blocks]));
      expect(problem).toMatchObject({ code: 'connect-timeout', host: 'gw1' });
      expect(problem.message).toMatch(/^jump host one \(127\.0\.0\.1 port \d+\) did not answer within 1 s$/);
    });

    test('the signal ends the wait', async () => {
      const giveUp = new AbortController();
      silent.once('connection', () => giveUp.abort());
      expect(refused(await dialAs('gw1', blocks, '', giveUp.signal))).toMatchObject({
        code: 'aborted',
        host: 'gw1',
      });
    });

    test('one who gives up leaves the others their jump host', async () => {
      const answers = await dialAs('gw1 gw2', blocks);
      expect(answers.map((each) => each.kind)).toEqual(['unreachable', 'unreachable']);
    });
  });

  test('keepalive finds a gateway that is dead, though its jump host lives', async () => {
    const blocks = [
      block('gw1', gateway, 'ProxyJump one', 'ServerAliveInterval 1', 'ServerAliveCountMax 1'),
      block('one', first),
    ];
    const [remote] = connected(await dialAs('gw1', blocks));
    // sshd's own process of the session stops: its end of the connection stays open, and silent.
    const frozen = remote?.run({ program: 'kill -STOP $PPID; sleep 1000' });
    expect(await frozen).toMatchObject({ kind: 'lost', reason: expect.stringMatching(/keepalive/i) });
  });

  test('closing ends the connections to them', async () => {
    const blocks = [block('gw1', gateway, 'ProxyJump one'), block('one', first)];
    for (const remote of connected(await dialAs('gw1', blocks))) remote.close();
    dialer.close();
    await vi.waitFor(() => {
      const { _getActiveHandles } = process as unknown as { _getActiveHandles(): { remotePort?: number }[] };
      expect(_getActiveHandles().filter(({ remotePort }) => remotePort === first.port)).toEqual([]);
    });
  });
});
