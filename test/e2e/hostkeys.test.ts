import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { generateKey, hasSshd, type Sshd, startSshd } from '../ssh/sshd.ts';
import { SLUICE } from './fleet.ts';
import { inTerminal } from './pty.ts';

describe.skipIf(!hasSshd)('sluice hostkeys scan', () => {
  let first: Sshd;
  let second: Sshd;
  let folder: string;
  const file = (name: string) => join(folder, name);
  const knownHosts = () => readFileSync(file('known_hosts'), 'utf8');
  const argv = (words: readonly string[]) => [process.execPath, SLUICE, ...words];
  const env = { PATH: process.env.PATH };
  const words = ['hostkeys', 'scan', '-i', 'hosts', '--ssh-common-args=-F ssh_config'];

  const scan = (...flags: readonly string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const [program = '', ...args] = argv([...words, ...flags]);
      execFile(program, args, { cwd: folder, env: { ...env, HOME: folder } }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      );
    });
  const found = async (...flags: readonly string[]) => {
    const { code, stdout } = await scan('--json', ...flags);
    const lines = stdout.trim().split('\n').sort();
    return { code, found: lines.map((line) => JSON.parse(line)) };
  };
  const hosts = (...lines: readonly string[]) => writeFileSync(file('hosts'), `${lines.join('\n')}\n`);
  const at = (sshd: Sshd) => `ansible_host=127.0.0.1 ansible_port=${sshd.port}`;
  const lineOf = (sshd: Sshd, type: 'ed25519' | 'rsa') => `[127.0.0.1]:${sshd.port} ${sshd.hostKey(type)}\n`;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-hostkeys-'));
    [first, second] = await Promise.all([startSshd({ hostKeys: ['ed25519', 'rsa'] }), startSshd()]);
    generateKey(file('stranger'));
  });
  afterAll(async () => {
    await Promise.all([first, second].map((sshd) => sshd.stop()));
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    rmSync(file('known_hosts'), { force: true });
    writeFileSync(
      file('ssh_config'),
      `UserKnownHostsFile ${file('known_hosts')}\nGlobalKnownHostsFile none\n`,
    );
    hosts(`gw1 ${at(first)}`, `gw2 ${at(second)}`);
  });

  test('without a terminal new keys are shown and not added, unless --yes says so', async () => {
    const shown = await scan();
    expect(shown.code).toBe(3);
    expect(shown.stdout).toMatch(
      /^gw1 \| NEW =>\n {4}new: ssh-ed25519 SHA256:\S+\n {4}new: ssh-rsa SHA256:\S+$/m,
    );
    expect(shown.stderr).toMatch(/^Nothing was added\. New: 3 keys of 2 hosts\./m);
    expect(existsSync(file('known_hosts'))).toBe(false);
    const added = await scan('--yes');
    expect(added).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^Added 3 keys of 2 hosts to ~\/known\S*\.\n$/),
    });
    expect(knownHosts().split('\n').sort().join('\n').trim()).toBe(
      [lineOf(first, 'ed25519'), lineOf(first, 'rsa'), lineOf(second, 'ed25519')].sort().join('').trim(),
    );
    const again = await scan();
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout.split('\n').sort()).toEqual([
      '',
      'gw1 | known => ssh-ed25519, ssh-rsa',
      'gw2 | known => ssh-ed25519',
    ]);
  });

  test('on a terminal it asks once, and takes only yes for a yes', async () => {
    hosts(`gw2 ${at(second)}`);
    const asked = 'Add this 1 key of 1 host to ~/known_hosts? [yes/no] ';
    const answering = async (answer: string) => {
      const session = { argv, folder, env: { ...env, HOME: folder } };
      const run = inTerminal(session, words, { columns: 150, rows: 24 });
      await run.shows(asked);
      run.type(answer);
      return (await run.ended).code;
    };
    expect(await answering('y\r')).toBe(3);
    expect(await answering('\x03')).toBe(130);
    expect(existsSync(file('known_hosts'))).toBe(false);
    expect(await answering('yes\r')).toBe(0);
    expect(knownHosts()).toBe(lineOf(second, 'ed25519'));
  });

  test('a changed key is never added, nor another of that host; where it stands is told', async () => {
    const stranger = readFileSync(file('stranger.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
    const before = `# mine\n[127.0.0.1]:${first.port} ${stranger}\n`;
    writeFileSync(file('known_hosts'), before);
    hosts(`gw1 ${at(first)}`, 'gw3 ansible_host=127.0.0.1 ansible_port=1');
    const { code, stdout } = await scan('--yes');
    expect(code).toBe(2);
    expect(stdout).toContain(`gw1 | CHANGED! => ${file('known_hosts')}:2: the host key of 127.0.0.1`);
    expect(stdout).toContain(`ssh-keygen -R '[127.0.0.1]:${first.port}' -f ${file('known_hosts')}`);
    expect(stdout).toContain('    new: ssh-rsa SHA256:');
    expect(stdout).toMatch(/^gw3 \| UNREACHABLE! => 127\.0\.0\.1 port \d+ refuses connections/m);
    expect(knownHosts()).toBe(before);
  });

  test('unreachable hosts alone: 4', async () => {
    hosts('gw3 ansible_host=127.0.0.1 ansible_port=1');
    expect(await found()).toMatchObject({ code: 4, found: [{ kind: 'unreachable', host: 'gw3' }] });
  });

  test('a jump host comes first; what is behind it, once its key is known', async () => {
    mkdirSync(file('.ssh'), { recursive: true });
    const jump = `Host edge\n  HostName 127.0.0.1\n  Port ${second.port}\n  IdentityFile ${second.keyFile}\n`;
    writeFileSync(
      file('ssh_config'),
      jump + readFileSync(file('ssh_config'), 'utf8').replace(/^/, 'Host *\n'),
    );
    hosts(`gw1 ${at(first)} ansible_ssh_extra_args="-J edge"`);
    const closed = await found('--yes');
    expect(closed).toMatchObject({
      code: 4,
      found: [
        { kind: 'new', host: 'jump host edge' },
        { kind: 'unreachable', host: 'gw1', problem: { code: 'jump-not-trusted' } },
      ],
    });
    expect(knownHosts()).toBe(lineOf(second, 'ed25519'));
    expect(await found('--yes')).toMatchObject({
      code: 0,
      found: [
        { kind: 'known', host: 'jump host edge' },
        { kind: 'new', host: 'gw1', keys: [{ type: 'ssh-ed25519', verdict: 'new' }, { type: 'ssh-rsa' }] },
      ],
    });
    expect(knownHosts()).toContain(lineOf(first, 'rsa'));
  });
});
