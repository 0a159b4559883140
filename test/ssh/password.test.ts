import { afterEach, describe, expect, it } from 'vitest';
import { Sensitive } from '../../src/sensitive.ts';
import { createDialer } from '../../src/ssh/dialer.ts';
import type { Target } from '../../src/ssh/target.ts';
import { generateKey } from './sshd.ts';
import { hasSudo, type SudoHost, startSudoHost } from './sudo-host.ts';

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
    return createDialer({ home: host.sshd.path('nowhere'), localUser: 'operator' }).dial(target);
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
    await logsIn({ keyFiles: [], password: new Sensitive(PASSWORD) });
    const stranger = generateKey(host.sshd.path('stranger'));
    await logsIn({ keyFiles: [stranger], password: new Sensitive(PASSWORD) });
    expect(await refused({ keyFiles: [stranger] })).toMatch(/; or give the password \(-k\)\.\n/);
  });

  it('says what is wrong, and nothing of the guess', async () => {
    await start('PubkeyAuthentication no');
    const wrong = await refused({ keyFiles: [], password: new Sensitive('guess') });
    expect(wrong).toMatch(
      /^The password after -k, in --connection-password-file or ansible_password is wrong, or not that of operator\.\n/,
    );
    expect(wrong).toMatch(/Offered:\n {2}the password/);
    expect(wrong).toContain(`The server takes: ${method}`);
    expect(wrong).not.toContain('guess');
    expect(await refused({ keyFiles: [] })).toMatch(/^Give the password: -k, /);
  });

  it('is the second factor where the server wants both', async () => {
    await start(`AuthenticationMethods publickey,${method}`);
    await logsIn({ password: new Sensitive(PASSWORD) });
    expect(await refused({ keyFiles: [], password: new Sensitive(PASSWORD) })).toMatch(
      /^Put a public key into /,
    );
  });
});
