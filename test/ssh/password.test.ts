import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ssh2 from 'ssh2';
import { afterEach, describe, expect, it } from 'vitest';
import { Sensitive } from '../../src/sensitive.ts';
import { createDialer } from '../../src/ssh/dialer.ts';
import type { Target } from '../../src/ssh/target.ts';
import { generateKey, hasSshd } from './sshd.ts';
import { hasSudo, type SudoHost, startSudoHost } from './sudo-host.ts';
import { PLAIN } from './terms.ts';

const PASSWORD = 's3cret "ünd\' $weird %p';

/** How a server asks: its own question, or PAM's. */
const SERVERS = {
  password: ['PasswordAuthentication yes'],
  'keyboard-interactive': ['UsePAM yes', 'KbdInteractiveAuthentication yes'],
} as const;

describe.skipIf(!hasSudo).each(Object.entries(SERVERS))('a login by password (%s)', (method, config) => {
  let host: SudoHost;
  afterEach(() => host.sshd.stop());
  const start = async (...more: readonly string[]) => {
    host = await startSudoHost([...config, ...more]);
    host.password(PASSWORD);
  };
  const dial = (changes: Partial<Target>) => {
    const target = host.sshd.target({ user: 'operator', ...changes });
    return createDialer({ home: host.sshd.path('nowhere') }).dial(target);
  };
  const logsIn = async (changes: Partial<Target>) => {
    const dialled = await dial(changes);
    if (dialled.kind === 'unreachable') throw new Error(JSON.stringify(dialled.problem));
    expect(await dialled.remote.run({ program: 'id -un' })).toMatchObject({ stdout: 'operator\n' });
    dialled.remote.close();
  };
  const refused = async (changes: Partial<Target>) => {
    const dialled = await dial(changes);
    if (dialled.kind !== 'unreachable') throw new Error('logged in, and should not have');
    expect(dialled.problem.code).toBe('auth-failed');
    return dialled.problem.remedy;
  };

  it('follows the keys that the server does not take', async () => {
    await start();
    await logsIn({ keyFiles: 'default', password: new Sensitive(PASSWORD) });
    const stranger = generateKey(host.sshd.path('stranger'));
    await logsIn({ keyFiles: [stranger], password: new Sensitive(PASSWORD) });
    expect(await refused({ keyFiles: [stranger] })).toMatch(/; or give the password \(-k\)\.\n/);
  });

  it('says what is wrong, and nothing of the guess', async () => {
    await start('PubkeyAuthentication no');
    const wrong = await refused({ keyFiles: 'default', password: new Sensitive('guess') });
    expect(wrong).toMatch(
      /^The password after -k, in --connection-password-file or ansible_password is wrong or expired, or not that of operator\.\n/,
    );
    expect(wrong).toMatch(/Offered:\n {2}the password/);
    expect(wrong).toContain(`The server takes: ${method}`);
    expect(wrong).not.toContain('guess');
    expect(await refused({ keyFiles: 'default' })).toMatch(/^Give the password: -k, /);
  });

  it('is withheld from a host whose key is not the known one, though keys are not checked', async () => {
    await start();
    const stranger = readFileSync(`${generateKey(host.sshd.path('stranger'))}.pub`, 'utf8');
    const name = `[127.0.0.1]:${host.sshd.port}`;
    const changes = {
      keyFiles: 'default',
      password: new Sensitive(PASSWORD),
      hostKeyChecking: 'off',
    } as const;
    const known = (line: string) => ({ userKnownHostsFiles: [host.sshd.write('case', line)] });
    const remedy = await refused({ ...changes, ...known(`${name} ${stranger}`) });
    expect(remedy).toMatch(/^The password was withheld, /);
    expect(remedy).toContain('Nothing was offered.');
    await logsIn({ ...changes, ...known('') });
  });

  it('is the second factor where the server wants both', async () => {
    await start(`AuthenticationMethods publickey,${method}`);
    await logsIn({ password: new Sensitive(PASSWORD) });
    expect(await refused({ keyFiles: 'default', password: new Sensitive(PASSWORD) })).toMatch(
      /^Put a public key into /,
    );
  });
});

it.skipIf(!hasSshd)('that has expired is told as that, and no new one is given', async () => {
  const asked: string[] = [];
  const hostKey = generateKey(join(mkdtempSync(join(tmpdir(), 'sluice-ssh-')), 'host'));
  const server = new ssh2.Server({ hostKeys: [readFileSync(hostKey)] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      asked.push(context.method);
      if (context.method !== 'password') return context.reject(['password']);
      context.requestChange('A new one, please', () => asked.push('changed'));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const target: Target = {
    ...PLAIN,
    port: typeof address === 'object' && address !== null ? address.port : 0,
    user: 'operator',
    password: new Sensitive(PASSWORD),
    keyFiles: [join(tmpdir(), 'no such key')],
    hostKeyChecking: 'off',
  };
  const dialled = await createDialer({ home: '/nowhere' }).dial(target);
  server.close();
  rmSync(dirname(hostKey), { recursive: true });
  expect(dialled).toMatchObject({
    kind: 'unreachable',
    problem: { code: 'auth-failed', message: expect.stringMatching(/in: the password has expired$/) },
  });
  expect(asked).toEqual(['none', 'password']);
});
