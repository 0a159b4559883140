import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Problem } from '../../src/problem.ts';
import { createDialer, type Dialer, type Environment } from '../../src/ssh/dialer.ts';
import { type Disk, localDisk } from '../../src/ssh/disk.ts';
import type { Target } from '../../src/ssh/target.ts';
import { decrypt, generateKey, hasSshd, type SshAgent, type Sshd, startAgent, startSshd } from './sshd.ts';

describe.skipIf(!hasSshd)('dialling a real sshd', () => {
  let sshd: Sshd;
  const dialer = (changes: Partial<Environment> = {}, disk?: Disk): Dialer =>
    createDialer({ home: sshd.path('empty home'), ...changes }, disk);
  const refusal = async (changes: Partial<Target>, by = dialer(), signal?: AbortSignal): Promise<Problem> => {
    const dialled = await by.dial(sshd.target(changes), signal);
    if (dialled.kind === 'unreachable') return dialled.problem;
    dialled.remote.close();
    throw new Error('connected, and should not have');
  };
  const connects = async (changes: Partial<Target>, by = dialer()): Promise<void> => {
    const dialled = await by.dial(sshd.target(changes));
    if (dialled.kind === 'unreachable') throw new Error(JSON.stringify(dialled.problem, null, 2));
    expect(await dialled.remote.run({ program: 'echo hello' })).toMatchObject({ stdout: 'hello\n' });
    dialled.remote.close();
  };
  const known = (line: string) => ({ userKnownHostsFiles: [sshd.write('case_known_hosts', line)] });
  const name = () => `[127.0.0.1]:${sshd.port}`;
  const fingerprint = (file: string) =>
    execFileSync('ssh-keygen', ['-lf', file], { encoding: 'utf8' }).split(' ')[1] ?? '';

  beforeAll(async () => {
    sshd = await startSshd({ hostKeys: ['ed25519', 'rsa', 'ecdsa'] });
    mkdirSync(sshd.path('empty home'));
    generateKey(sshd.path('stranger'));
  });
  afterAll(() => sshd.stop());

  describe('host keys', () => {
    test('an unknown key is refused, with its fingerprint, the files and the remedy', async () => {
      const problem = await refusal(known(''));
      expect(problem).toMatchObject({ code: 'host-key-unknown', host: 'gw1' });
      expect(problem.message).toContain(fingerprint(sshd.path('host_ed25519.pub')));
      expect(problem.remedy).toContain(sshd.path('case_known_hosts'));
      expect(problem.remedy).toMatch(/^ {2}sluice hostkeys scan gw1$/m);
    });

    test('a changed key is refused, with both fingerprints and the line', async () => {
      const [type, key = ''] = readFileSync(sshd.path('stranger.pub'), 'utf8').split(' ');
      const problem = await refusal(known(`# comment\n${name()} ${type} ${key}\n`));
      expect(problem).toMatchObject({
        code: 'host-key-changed',
        file: sshd.path('case_known_hosts'),
        line: 2,
      });
      expect(problem.message).toContain(fingerprint(sshd.path('host_ed25519.pub')));
      expect(problem.message).toContain(fingerprint(sshd.path('stranger.pub')));
      expect(problem.remedy).toContain(`ssh-keygen -R '${name()}' -f ${sshd.path('case_known_hosts')}`);
    });

    test('entries hashed by ssh-keygen -H are understood', async () => {
      const file = sshd.write('hashed', `${name()} ${sshd.hostKey('ed25519')}\n`);
      execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
      expect(readFileSync(file, 'utf8')).toMatch(/^\|1\|/);
      await connects({ userKnownHostsFiles: [file] });
    });

    test('a host known by its rsa key alone is asked for that key', async () => {
      await connects(known(`${name()} ${sshd.hostKey('rsa')}\n`));
    });

    test('the same key under the bare name is enough', async () => {
      await connects(known(`127.0.0.1 ${sshd.hostKey('ecdsa')}\n`));
    });

    test('a revoked key is refused, whatever the checking', async () => {
      const lines = `${name()} ${sshd.hostKey('ed25519')}\n@revoked * ${sshd.hostKey('ed25519')}\n`;
      const expected = { code: 'host-key-revoked', line: 2 };
      expect(await refusal(known(lines))).toMatchObject(expected);
      expect(await refusal({ ...known(lines), hostKeyChecking: 'accept-new' })).toMatchObject(expected);
      expect(await refusal({ ...known(lines), hostKeyChecking: 'off' })).toMatchObject(expected);
    });

    test('a certificate authority alone is refused, and said to be unsupported', async () => {
      const problem = await refusal(known(`@cert-authority * ${sshd.hostKey('rsa')}\n`));
      expect(problem).toMatchObject({ code: 'host-key-authority', line: 1 });
    });

    test('the default files are in the home folder', async () => {
      const home = sshd.path('home');
      mkdirSync(`${home}/.ssh`, { recursive: true });
      const files = ['known_hosts', 'known_hosts2'].map((each) => `${home}/.ssh/${each}`);
      sshd.write('home/.ssh/known_hosts2', `${name()} ${sshd.hostKey('ed25519')}\n`);
      await connects({ userKnownHostsFiles: files });
    });

    test('accept-new remembers a new key, for this run and the next', async () => {
      const file = sshd.path('fresh home/.ssh/known_hosts');
      const by = dialer();
      const changes = { userKnownHostsFiles: [file], hostKeyChecking: 'accept-new' } as const;
      await Promise.all([connects(changes, by), connects(changes, by)]);
      expect(readFileSync(file, 'utf8')).toBe(`${name()} ${sshd.hostKey('ed25519')}\n`);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      await connects({ userKnownHostsFiles: [file] });
    });

    test('accept-new appends behind a last line without its newline, and still refuses a changed key', async () => {
      const stranger = readFileSync(sshd.path('stranger.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
      const changes = known(`elsewhere ${stranger}`);
      await connects({ ...changes, hostKeyChecking: 'accept-new' });
      await connects(changes);
      expect(readFileSync(sshd.path('case_known_hosts'), 'utf8').split('\n')).toHaveLength(3);
      const changed = known(`${name()} ${stranger}\n`);
      expect(await refusal({ ...changed, hostKeyChecking: 'accept-new' })).toMatchObject({
        code: 'host-key-changed',
      });
      await connects({ ...changed, hostKeyChecking: 'off' });
    });

    test('HashKnownHosts: a new name is remembered as a hash, and found again', async () => {
      const file = sshd.path('hashing');
      const changes = {
        userKnownHostsFiles: [file],
        hostKeyChecking: 'accept-new',
        hashKnownHosts: true,
      } as const;
      await connects(changes);
      const text = readFileSync(file, 'utf8');
      expect(text).toMatch(/^\|1\|[^|]+\|[^ ]+ ssh-ed25519 /);
      expect(execFileSync('ssh-keygen', ['-F', name(), '-f', file], { encoding: 'utf8' })).toContain(
        'found: line 1',
      );
      await connects({ userKnownHostsFiles: [file] });
    });

    test('HostKeyAlias: the key is looked up, and remembered, under that name alone', async () => {
      const alias = { hostKeyAlias: 'edge' };
      await connects({ ...known(`edge ${sshd.hostKey('rsa')}\n`), ...alias });
      const problem = await refusal({ ...known(`${name()} ${sshd.hostKey('ed25519')}\n`), ...alias });
      expect(problem).toMatchObject({ code: 'host-key-unknown' });
      const file = sshd.path('aliased');
      await connects({ userKnownHostsFiles: [file], hostKeyChecking: 'accept-new', ...alias });
      expect(readFileSync(file, 'utf8')).toMatch(/^edge ssh-ed25519 /m);
      await connects({ userKnownHostsFiles: [file], ...alias });
    });

    test('the system files count too', async () => {
      const { userKnownHostsFiles } = known(`${name()} ${sshd.hostKey('ed25519')}\n`);
      await connects({ userKnownHostsFiles: [], systemKnownHostsFiles: userKnownHostsFiles });
    });

    test('HostKeyAlgorithms decides which key is asked for', async () => {
      const changes = known(`${name()} ${sshd.hostKey('ed25519')}\n`);
      const problem = await refusal({ ...changes, hostKeyAlgorithms: ['rsa-sha2-512'] });
      expect(problem.message).toContain(fingerprint(sshd.path('host_rsa.pub')));
    });

    test('RequiredRSASize: a host key that is too short is refused', async () => {
      const changes = known(`${name()} ${sshd.hostKey('rsa')}\n`);
      expect(await refusal({ ...changes, leastRsaBits: 8192 })).toMatchObject({
        code: 'handshake-failed',
        message: expect.stringContaining('fewer than 8192 bits'),
      });
    });

    test('a new key that cannot be remembered is refused', async () => {
      const changes = {
        userKnownHostsFiles: ['/dev/null/known_hosts'],
        hostKeyChecking: 'accept-new',
      } as const;
      expect(await refusal(changes)).toMatchObject({ code: 'known-hosts-not-written' });
    });
  });

  describe('the login', () => {
    let agent: SshAgent;

    beforeAll(async () => {
      agent = await startAgent(sshd.path('agent'));
    });
    afterAll(() => agent.stop());

    test('a wrong key: says what was offered and what the server takes', async () => {
      const problem = await refusal({ keyFiles: [sshd.path('stranger'), sshd.path('missing')] });
      expect(problem).toMatchObject({ code: 'auth-failed', host: 'gw1' });
      expect(problem.remedy).toContain(
        `${sshd.path('stranger')} (ssh-ed25519 ${fingerprint(sshd.path('stranger.pub'))})`,
      );
      expect(problem.remedy).toContain(`Not offered: ${sshd.path('missing')}: no such file`);
      expect(problem.remedy).toContain('The server takes: publickey');
    });

    test('no key at all: asks the server what it takes', async () => {
      const problem = await refusal({ keyFiles: 'default' });
      expect(problem).toMatchObject({ code: 'auth-failed' });
      expect(problem.remedy).toMatch(/Nothing was offered.*\nThe server takes: publickey/);
    });

    test("IdentitiesOnly: of the agent's keys only those of the files", async () => {
      generateKey(sshd.path('elsewhere'));
      agent.add(sshd.path('elsewhere'));
      const by = dialer({ agentSocket: agent.socket });
      const stranger = { keyFiles: [sshd.path('stranger')] };
      const { remedy } = await refusal(stranger, by);
      expect(remedy).toContain('agent key');
      const only = await refusal({ ...stranger, identitiesOnly: true }, by);
      expect(only.remedy).not.toContain('agent key');
      // The public half picks the agent's key.
      rmSync(sshd.path('elsewhere'));
      const picked = await refusal({ keyFiles: [sshd.path('elsewhere')], identitiesOnly: true }, by);
      expect(picked.remedy.match(/agent key/g)).toHaveLength(1);
      const none = await refusal({ ...stranger, identityAgent: 'none' }, by);
      expect(none.remedy).not.toContain('agent key');
    });

    test('what ssh_config asks for beyond is noted where the server takes such a method', async () => {
      const loginNotes = [
        { method: 'gssapi', note: 'GSSAPIAuthentication yes (f:1): not supported' },
        { method: 'publickey', note: 'CertificateFile x (f:2): not supported' },
      ];
      const { remedy } = await refusal({ keyFiles: [sshd.path('stranger')], loginNotes });
      expect(remedy).toContain('Not offered: CertificateFile x (f:2): not supported');
      expect(remedy).not.toContain('GSSAPI');
    });

    test('PubkeyAuthentication no, and PubkeyAcceptedAlgorithms: the key stays at home', async () => {
      expect((await refusal({ methods: ['password'] })).remedy).toContain('Nothing was offered.');
      const { remedy } = await refusal({ publicKeyAlgorithms: 'rsa-*' });
      expect(remedy).toContain('PubkeyAcceptedAlgorithms leaves it out');
      await connects({ publicKeyAlgorithms: '-rsa-*' });
    });

    test('algorithms of ssh_config are spoken', async () => {
      await connects({
        algorithms: {
          cipher: ['aes256-ctr'],
          hmac: { append: [], prepend: [], remove: ['hmac-sha1'] },
          kex: { append: [], prepend: ['ecdh-sha2-nistp256'], remove: [] },
        },
      });
    });

    test('the second key is tried when the first is refused', async () => {
      await connects({ keyFiles: [sshd.path('stranger'), sshd.keyFile] });
    });

    test('an rsa key, and one of the default files', async () => {
      mkdirSync(sshd.path('rsa home/.ssh'), { recursive: true });
      generateKey(sshd.path('rsa home/.ssh/id_rsa'), 'rsa');
      authorise(sshd.path('rsa home/.ssh/id_rsa.pub'));
      await connects({ keyFiles: 'default' }, dialer({ home: sshd.path('rsa home') }));
    });

    test("the agent's keys", async () => {
      agent.add(sshd.path('stranger'));
      const by = dialer({ agentSocket: agent.socket });
      const problem = await refusal({ keyFiles: 'default' }, by);
      expect(problem.remedy).toContain('agent key test key (ssh-ed25519');
      agent.add(sshd.keyFile);
      await connects({ keyFiles: 'default' }, dialer({ agentSocket: agent.socket }));
      agent.add('-D');
    });

    test('an agent that no longer signs is passed over', async () => {
      mkdirSync(sshd.path('ecdsa home/.ssh'), { recursive: true });
      authorise(`${generateKey(sshd.path('ecdsa home/.ssh/id_ecdsa'), 'ecdsa')}.pub`);
      agent.add(sshd.keyFile);
      const by = dialer({ home: sshd.path('ecdsa home'), agentSocket: agent.socket });
      await connects({ keyFiles: 'default' }, by);
      agent.add('-D');
      await connects({ keyFiles: 'default' }, by);
    });

    test('an encrypted key: not at all and with its remedy, or by the agent', async () => {
      const file = generateKey(sshd.path('encrypted'), 'ecdsa', 'secret phrase');
      authorise(`${file}.pub`);
      const problem = await refusal({ keyFiles: [file] });
      expect(problem.remedy).toContain(
        `Not offered: ${file}: is encrypted; add it to an agent: ssh-add ${file}`,
      );
      agent.add(decrypt(file, 'secret phrase'));
      await connects({ keyFiles: [file] }, dialer({ agentSocket: agent.socket }));
      agent.add('-D');
    });

    test('an agent that is not there is a note, not an end', async () => {
      const by = dialer({ agentSocket: sshd.path('no agent') });
      await connects({}, by);
      expect((await refusal({ keyFiles: [sshd.path('stranger')] }, by)).remedy).toContain(
        'Not offered: ssh-agent at',
      );
    });

    test('too many keys: the server ends the login itself, and the one key is to be named', async () => {
      for (let at = 0; at < 8; at += 1) agent.add(generateKey(sshd.path(`many${at}`)));
      const by = dialer({ agentSocket: agent.socket });
      const problem = await refusal({ keyFiles: 'default' }, by);
      expect(problem).toMatchObject({ code: 'auth-failed', message: expect.stringContaining('Too many') });
      expect(problem.remedy).toMatch(/MaxAuthTries.*--private-key.*IdentitiesOnly/);
      expect(problem.remedy.match(/^ {2}agent key test key \(ssh-ed25519 SHA256:/gm)).toHaveLength(6);
      expect(problem.remedy).toContain('Not tried any more: 2 keys');
      await connects({ identitiesOnly: true }, by);
      agent.add('-D');
    });

    function authorise(publicKeyFile: string): void {
      sshd.write(
        'authorized_keys',
        readFileSync(sshd.path('authorized_keys'), 'utf8') + readFileSync(publicKeyFile, 'utf8'),
      );
    }
  });

  describe('the network', () => {
    const servers: Server[] = [];
    const listen = async (onConnection: (socket: Socket) => void): Promise<number> => {
      const server = createServer((socket) => {
        socket.on('error', () => {});
        onConnection(socket);
      }).listen(0, '127.0.0.1');
      servers.push(server);
      await once(server, 'listening');
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('no port');
      return address.port;
    };
    const knownAt = (port: number) => known(`[127.0.0.1]:${port} ${sshd.hostKey('ed25519')}\n`);
    afterAll(() => {
      for (const server of servers) server.close();
    });

    test('a closed port', async () => {
      expect(await refusal({ port: 1 })).toMatchObject({
        code: 'connection-refused',
        host: 'gw1',
      });
    });

    test('a name that does not exist', async () => {
      // A label of 64 characters cannot exist: the resolver answers without asking the network.
      expect(await refusal({ address: `${'x'.repeat(64)}.invalid` })).toMatchObject({ code: 'dns-failed' });
    });

    test('servers that never come to a handshake: one silent, one that turns everybody away in plain text', async () => {
      const silent = await listen(() => {});
      const closing = await listen((socket) => socket.end('Not allowed at this time\r\n'));
      const problems = await Promise.all([silent, closing].map((port) => refusal({ port, timeoutMs: 5000 })));
      expect(problems).toMatchObject([
        { code: 'handshake-timeout', message: expect.stringContaining('reached: greeting') },
        { code: 'connection-closed', message: expect.stringContaining('Not allowed at this time') },
      ]);
    });

    test('a server that is no SSH server', async () => {
      const port = await listen((socket) =>
        socket.write('HTTP/1.1 400 Bad Request\u001b[2J\r\n'.repeat(2000)),
      );
      const problem = await refusal({ port });
      expect(problem.code).toBe('handshake-failed');
      expect(problem.message).not.toContain('\u001b');
    });

    test('a server that sheds load is tried again', async () => {
      let connections = 0;
      const port = await listen((near) => {
        connections += 1;
        if (connections === 1) near.resetAndDestroy();
        else if (connections === 2) near.end();
        else if (connections === 3) near.end('Exceeded MaxStartups\r\n');
        else {
          const far = connect(sshd.port, '127.0.0.1').on('error', () => {});
          near.pipe(far).pipe(near);
        }
      });
      await connects({ port, ...knownAt(port) });
      expect(connections).toBe(4);
    });

    test('an abort ends the dialling, before and while it runs', async () => {
      const abort = new AbortController();
      const port = await listen(() => abort.abort());
      expect(await refusal({ port }, dialer(), abort.signal)).toMatchObject({ code: 'aborted' });
      expect(await refusal({ port }, dialer(), abort.signal)).toMatchObject({ code: 'aborted' });
    });
  });

  test('reads every file once, and counts the connections', async () => {
    const reads = new Map<string, number>();
    const disk: Disk = {
      ...localDisk,
      readFile: (path) => {
        reads.set(path, (reads.get(path) ?? 0) + 1);
        return localDisk.readFile(path);
      },
    };
    const by = dialer({}, disk);
    await Promise.all([connects({}, by), connects({}, by)]);
    const dialled = await by.dial(sshd.target());
    if (dialled.kind === 'unreachable') throw new Error(dialled.problem.message);
    const fresh = await dialled.remote.fresh();
    if (fresh.kind === 'unreachable') throw new Error(fresh.problem.message);
    fresh.remote.close();
    dialled.remote.close();
    expect(by.statistics()).toEqual({ connections: 4 });
    expect([...reads.values()].every((count) => count === 1)).toBe(true);
    expect(reads.has(sshd.keyFile)).toBe(true);
  });

  test('leaves nothing behind of a failed dial', () => {
    expect(existsSync(sshd.path('empty home/.ssh'))).toBe(false);
    rmSync(sshd.path('empty home'), { recursive: true });
  });
});

test.skipIf(!hasSshd)('a server is not asked to prove keys of its own that nobody looks at', async () => {
  const sshd = await startSshd({ hostKeys: ['ed25519', 'ecdsa'], config: ['LogLevel DEBUG1'] });
  try {
    const dialled = await createDialer({ home: sshd.folder }).dial(sshd.target());
    if (dialled.kind === 'unreachable') throw new Error(dialled.problem.message);
    await dialled.remote.run({ program: 'true' });
    dialled.remote.close();
    // Requests are logged in their order; this one comes last.
    await expect.poll(sshd.log, { timeout: 10_000 }).toMatch(/server_input_channel_req: .* request exec/);
    expect(sshd.log()).not.toMatch(/global_request: rtype hostkeys-prove/);
  } finally {
    await sshd.stop();
  }
});
