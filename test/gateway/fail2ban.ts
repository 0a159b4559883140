import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sandbox } from './sandbox.ts';

/**
 * fail2ban as Debian has it, unpacked and not installed: a package would start a service that bans on this very machine.
 * Answers its folder, or why there is none. `SLUICE_FAIL2BAN` names one that is unpacked already.
 */
export function unpackFail2ban(): { readonly folder: string } | { readonly missing: string } {
  const unpacked = process.env.SLUICE_FAIL2BAN;
  if (unpacked !== undefined) return { folder: unpacked };
  if (!existsSync('/usr/bin/apt-get')) return { missing: 'needs Debian, whose fail2ban is unpacked' };
  const folder = mkdtempSync(join(tmpdir(), 'sluice-fail2ban-'));
  try {
    execFileSync('apt-get', ['download', '-qq', 'fail2ban'], {
      cwd: folder,
      stdio: 'pipe',
      timeout: 120_000,
    });
    execFileSync('sh', ['-c', 'dpkg -x fail2ban_*.deb .'], { cwd: folder, stdio: 'pipe' });
    execFileSync('/usr/bin/python3', ['-c', 'import fail2ban'], { env: pythonPath(folder), stdio: 'pipe' });
    return { folder };
  } catch (error) {
    return { missing: `apt-get download fail2ban: ${String(error).split('\n')[0]}` };
  }
}

function pythonPath(folder: string) {
  return {
    PATH: '/usr/bin:/bin',
    PYTHONPATH: `${folder}/usr/lib/python3/dist-packages`,
    PYTHONDONTWRITEBYTECODE: '1',
  };
}

export type Fail2ban = {
  /** Asks the server to ban an address; it does so in its own time. */
  ban(...addresses: string[]): Promise<void>;
  /** How many it says it has banned. */
  banned(): Promise<number>;
};

/** Starts a server in a sandbox, with one jail whose chain is f2b-sshd. It goes with the sandbox. */
export async function startFail2ban(sandbox: Sandbox, folder: string): Promise<Fail2ban> {
  const jail = `[DEFAULT]
banaction = iptables-multiport
[sshd]
enabled = true
backend = polling
logpath = /run/auth.log
port = 22
bantime = 3600
`;
  const { PYTHONPATH } = pythonPath(folder);
  const call = (program: string, words: string) =>
    `PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=${PYTHONPATH} /usr/bin/python3 ${folder}/usr/bin/${program} -c /run/fail2ban -s /run/f2b.sock -p /run/f2b.pid ${words}`;
  // The sandbox has a /tmp of its own: what it needs comes in through stdin.
  const tar = execFileSync('tar', ['-cf', '-', '-C', folder, 'etc/fail2ban', 'usr'], { maxBuffer: 1 << 28 });
  await sandbox.sh(`mkdir -p ${folder} && base64 -d | tar -xf - -C ${folder}`, tar.toString('base64'));
  await sandbox.sh(
    `cp -r ${folder}/etc/fail2ban /run/fail2ban && rm -rf /run/fail2ban/jail.d/* && cat >/run/fail2ban/jail.local && touch /run/auth.log &&
     printf '[Definition]\\ndbfile = None\\n' >/run/fail2ban/fail2ban.local`,
    jail,
  );
  await sandbox.sh(
    `${call('fail2ban-server', '--logtarget /run/f2b.log -x -b start')} </dev/null >/run/f2b.out 2>&1 || { cat /run/f2b.out >&2; exit 1; }`,
  );
  // It makes its chain with its first ban.
  await sandbox.sh(call('fail2ban-client', 'set sshd banip 198.19.0.1'));
  await sandbox.sh(
    'n=0; until iptables -w -S f2b-sshd >/dev/null 2>&1; do n=$((n + 1)); [ $n -lt 300 ] || { cat /run/f2b.out /run/f2b.log >&2; exit 1; }; sleep 0.1; done',
  );
  return {
    ban: async (...addresses) => {
      await sandbox.sh(call('fail2ban-client', `set sshd banip ${addresses.join(' ')}`));
    },
    banned: async () => {
      const status = await sandbox.sh(call('fail2ban-client', 'status sshd'));
      return Number(/Currently banned:\s+(\d+)/.exec(status)?.[1]);
    },
  };
}
