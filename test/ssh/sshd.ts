import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Target } from '../../src/ssh/target.ts';
import { PLAIN } from './terms.ts';

const binary = '/usr/sbin/sshd';

/** Whether there is an sshd to test against; says so where there is none. */
export const hasSshd = existsSync(binary);
if (!hasSshd)
  process.stderr.write(`\n*** ${binary} is missing: the tests against a real SSH server are SKIPPED ***\n\n`);

export type KeyType = 'ed25519' | 'rsa' | 'ecdsa';

/** A folder with keys, and a real sshd for the account that runs the tests. */
export type Sshd = {
  readonly folder: string;
  readonly port: number;
  readonly user: string;
  readonly process: ChildProcess;
  /** Private key whose public half is authorised. */
  readonly keyFile: string;
  /** `type base64` of a host key. */
  hostKey(type: KeyType): string;
  /** A target that knows the server's host keys. */
  target(changes?: Partial<Target>): Target;
  /** How many logins it took so far. */
  logins(): number;
  /** What it has said so far. */
  log(): string;
  path(name: string): string;
  write(name: string, text: string): string;
  stop(): Promise<void>;
};

export async function startSshd(
  options: {
    hostKeys?: readonly KeyType[];
    config?: readonly string[];
    /** What sshd is started through, told the server's folder. */
    prefix?: (folder: string) => readonly string[];
  } = {},
): Promise<Sshd> {
  const { hostKeys = ['ed25519'], config = [], prefix = () => [] } = options;
  const folder = mkdtempSync(join(tmpdir(), 'sluice-ssh-'));
  const path = (name: string) => join(folder, name);
  const write = (name: string, text: string) => {
    writeFileSync(path(name), text, { mode: 0o600 });
    return path(name);
  };
  for (const type of hostKeys) generateKey(path(`host_${type}`), type);
  const keyFile = generateKey(path('login'));
  writeFileSync(path('authorized_keys'), readFileSync(`${keyFile}.pub`));
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });

  const { child, port, log } = await listen(prefix(folder), (at) =>
    write(
      'sshd_config',
      [
        // The first value of an option counts.
        ...config,
        `ListenAddress 127.0.0.1:${at}`,
        `ListenAddress 127.0.0.2:${at}`,
        ...hostKeys.map((type) => `HostKey ${path(`host_${type}`)}`),
        `AuthorizedKeysFile ${path('authorized_keys')}`,
        'PermitRootLogin yes',
        'PasswordAuthentication no',
        'KbdInteractiveAuthentication no',
        'UsePAM no',
        'StrictModes no',
        'PidFile none',
        'LogLevel INFO',
        '',
      ].join('\n'),
    ),
  );
  const user = userInfo().username;
  const hostKey = (type: KeyType) =>
    readFileSync(path(`host_${type}.pub`), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
  const known = hostKeys.map((type) => `[127.0.0.1]:${port} ${hostKey(type)}\n`).join('');
  const knownHosts = write('known_hosts', known);

  return {
    folder,
    port,
    user,
    process: child,
    keyFile,
    hostKey,
    logins: () => [...log().matchAll(/^Accepted /gm)].length,
    log,
    path,
    write,
    target: (changes = {}) => ({
      ...PLAIN,
      port,
      user,
      keyFiles: [keyFile],
      userKnownHostsFiles: [knownHosts],
      ...changes,
    }),
    async stop() {
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function generateKey(path: string, type: KeyType = 'ed25519', passphrase = ''): string {
  execFileSync('ssh-keygen', ['-q', '-a', '1', '-t', type, '-N', passphrase, '-C', 'test key', '-f', path]);
  return path;
}

/** A copy without the passphrase, beside the original. */
export function decrypt(keyFile: string, passphrase: string): string {
  const copy = `${keyFile}.decrypted`;
  copyFileSync(keyFile, copy);
  execFileSync('ssh-keygen', ['-q', '-p', '-P', passphrase, '-N', '', '-f', copy], { stdio: 'ignore' });
  return copy;
}

/** A real ssh-agent. */
export type SshAgent = { readonly socket: string; add(...args: string[]): void; stop(): Promise<void> };

export async function startAgent(socket: string): Promise<SshAgent> {
  const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  // It names its socket once it listens.
  await once(child.stdout, 'data');
  return {
    socket,
    add: (...args) => {
      execFileSync('ssh-add', ['-q', ...args], {
        env: { ...process.env, SSH_AUTH_SOCK: socket },
        stdio: 'ignore',
      });
    },
    async stop() {
      child.kill();
      await once(child, 'exit');
    },
  };
}

/** A port that is free now; sshd itself cannot be asked for any. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Another process may take the port in between: then it is tried with the next one. */
async function listen(
  prefix: readonly string[],
  writeConfig: (port: number) => string,
): Promise<{ child: ChildProcess; port: number; log: () => string }> {
  let log = '';
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const port = await freePort();
    const [file = binary, ...args] = [...prefix, binary, '-D', '-e', '-f', writeConfig(port)];
    const child = spawn(file, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const isUp = await new Promise<boolean>((resolve) => {
      child.stderr.on('data', (chunk: Buffer) => {
        log += chunk.toString();
        // It lives on with the addresses that it got.
        if (new RegExp(`Bind to port ${port} on \\S+ failed`).test(log)) child.kill();
        if (['127.0.0.1', '127.0.0.2'].every((at) => log.includes(`listening on ${at} port ${port}`)))
          resolve(true);
      });
      child.on('exit', () => resolve(false));
    });
    if (isUp) return { child, port, log: () => log };
  }
  throw new Error(`sshd did not start:\n${log}`);
}
