import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDialer } from '../../src/ssh/dialer.ts';
import { localDisk } from '../../src/ssh/disk.ts';
import { hostKeyAlgorithmsOf, typeOfKey } from '../../src/ssh/host-key.ts';
import { addHostKeys } from '../../src/ssh/known-hosts-store.ts';
import type { Peer } from '../../src/ssh/peer.ts';
import { generateKey, hasSshd, type Sshd, startSshd } from './sshd.ts';

describe.skipIf(!hasSshd)('scanning a real sshd', () => {
  let sshd: Sshd;
  let folder: string;
  beforeAll(async () => {
    sshd = await startSshd({ hostKeys: ['ed25519', 'rsa', 'ecdsa'] });
    generateKey(sshd.path('stranger'));
    folder = mkdtempSync(join(tmpdir(), 'sluice-scan-'));
  });
  afterAll(async () => {
    await sshd.stop();
    rmSync(folder, { recursive: true });
  });
  const name = () => `[127.0.0.1]:${sshd.port}`;
  const knowing = (text: string, changes: Partial<Peer> = {}): Peer =>
    sshd.target({ userKnownHostsFiles: [sshd.write('case_known_hosts', text)], ...changes });
  const scan = async (peer: Peer) => {
    const scanned = await createDialer({ home: folder }).scan(peer);
    if (scanned.kind === 'unreachable') throw new Error(JSON.stringify(scanned.problem));
    return scanned.keys;
  };
  const verdicts = async (peer: Peer) =>
    Object.fromEntries((await scan(peer)).map(({ key, verdict }) => [typeOfKey(key), verdict.kind]));

  test('takes one key of each type, the same as ssh-keyscan, and logs in nowhere', async () => {
    const keys = await scan(knowing(''));
    const ours = keys.map(({ key }) => `${name()} ${typeOfKey(key)} ${key.toString('base64')}`);
    const args = ['-T', '60', '-p', String(sshd.port), '127.0.0.1'];
    const theirs = execFileSync('ssh-keyscan', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(ours.sort()).toEqual(theirs.trim().split('\n').sort());
    expect(sshd.logins()).toBe(0);
  });

  test('each key is judged by itself', async () => {
    const [, stranger] = readFileSync(sshd.path('stranger.pub'), 'utf8').split(' ');
    const known = [
      `${name()} ssh-ed25519 ${stranger}`,
      `${name()} ${sshd.hostKey('rsa')}`,
      `@revoked * ${sshd.hostKey('ecdsa')}`,
    ];
    expect(await verdicts(knowing(`${known.join('\n')}\n`))).toEqual({
      'ssh-ed25519': 'changed',
      'ssh-rsa': 'known',
      'ecdsa-sha2-nistp256': 'revoked',
    });
    expect(await verdicts(knowing('', { leastRsaBits: 16_384 }))).toMatchObject({ 'ssh-rsa': 'weak' });
  });

  test('HostKeyAlgorithms says which types', async () => {
    const only = { hostKeyAlgorithms: hostKeyAlgorithmsOf('rsa-sha2-256,ssh-ed25519') };
    expect(Object.keys(await verdicts(knowing('', only))).sort()).toEqual(['ssh-ed25519', 'ssh-rsa']);
  });

  test('a host that is down is unreachable', async () => {
    const scanned = await createDialer({ home: folder }).scan(knowing('', { port: 1 }));
    expect(scanned).toMatchObject({ kind: 'unreachable', problem: { code: 'connection-refused' } });
  });

  test('what was taken is appended in whole lines, once, and is known then', async () => {
    const file = join(folder, 'new/known_hosts');
    const peer = { ...knowing(''), userKnownHostsFiles: [file] };
    const hashed = { ...knowing('# no end of line'), hashKnownHosts: true };
    const keys = await scan(peer);
    const entries = [peer, peer, hashed].flatMap((terms) => keys.map(({ key }) => ({ terms, key })));
    expect(await addHostKeys(entries, localDisk)).toEqual([]);
    const lines = readFileSync(file, 'utf8').split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[3]).toBe('');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o700);
    const appended = readFileSync(sshd.path('case_known_hosts'), 'utf8');
    expect(appended).toMatch(/^# no end of line\n(\|1\|[^ ]+ [^ ]+ [^ ]+\n){3}$/);
    for (const terms of [peer, hashed]) {
      expect(Object.values(await verdicts(terms))).toEqual(['known', 'known', 'known']);
      expect(
        execFileSync('ssh-keygen', ['-F', name(), '-f', terms.userKnownHostsFiles[0] ?? '']).toString(),
      ).toContain('ssh-ed25519');
    }
    expect(await addHostKeys([{ terms: peer, key: Buffer.from(keys[0]?.key ?? '') }], localDisk)).toEqual([]);
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(4);
  });

  test('a file that cannot be written is told', async () => {
    const [offered] = await scan(knowing(''));
    const terms = { ...knowing(''), userKnownHostsFiles: [folder] };
    expect(await addHostKeys([{ terms, key: offered?.key ?? Buffer.alloc(0) }], localDisk)).toEqual([
      `${folder}: EISDIR`,
    ]);
  });
});
