import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Remote } from '../../src/remote.ts';
import { createDialer } from '../../src/ssh/dialer.ts';
import type { Target } from '../../src/ssh/target.ts';
import { hasSshd, type Sshd, startSshd } from './sshd.ts';

/** Whether a host with accounts and a sudo of its own can be made here. */
export const hasSudo =
  hasSshd && process.getuid?.() === 0 && canRun('sudo', '-V') && canRun('openssl', 'version');

/** A real sshd whose login is `operator`, with a real sudo that asks for that account's password. */
export type SudoHost = {
  readonly sshd: Sshd;
  /** Replaces what sudoers says beside the log file. */
  sudoers(...lines: readonly string[]): void;
  /** Sets operator's password, and the fields of shadow(5) after it. */
  password(text: string, fields?: string): void;
  connect(changes?: Partial<Target>): Promise<Remote>;
  /** What sudo itself has logged since the last look: who, what, and how many wrong passwords. */
  log(): string;
};

/** Accounts and sudo of its own: binds over the machine's files, seen by this sshd and what it starts alone. */
const inside = `
set -e
for file in passwd group shadow sudoers; do mount --bind "$1/$file" "/etc/$file"; done
mount -t tmpfs tmpfs /run
mkdir /run/sshd
[ ! -d /var/lib/sudo ] || mount -t tmpfs tmpfs /var/lib/sudo
shift
exec "$@"
`;

/** `config`: lines of sshd_config that win over the usual ones. */
export async function startSudoHost(config: readonly string[] = []): Promise<SudoHost> {
  let folder = '';
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const accounts = (file: string, entry: string) => `${entry}\n${readFileSync(file, 'utf8')}`;
  const sshd = await startSshd({
    config,
    prefix: (at) => {
      folder = at;
      // The login reads its authorized keys itself.
      chmodSync(at, 0o755);
      write('passwd', accounts('/etc/passwd', 'operator:x:5000:5000::/:/bin/sh'));
      write('group', accounts('/etc/group', 'operator:x:5000:'));
      for (const [name, mode] of [
        ['shadow', 0o600],
        ['sudoers', 0o440],
      ] as const) {
        write(name, '');
        chmodSync(join(folder, name), mode);
      }
      return ['unshare', '--mount', 'sh', '-c', inside, 'inside', folder];
    },
  });
  const host: SudoHost = {
    sshd,
    sudoers: (...lines) =>
      write('sudoers', [`Defaults !syslog, logfile=${join(folder, 'sudo.log')}`, ...lines, ''].join('\n')),
    password: (text, fields = '19000:0:99999:7:::') => {
      const hash = execFileSync('openssl', ['passwd', '-6', '-stdin'], {
        input: `${text}\n`,
        encoding: 'utf8',
      });
      write('shadow', `root:*:19000:0:99999:7:::\noperator:${hash.trim()}:${fields}\n`);
    },
    connect: async (changes = {}) => {
      const target = sshd.target({ user: 'operator', become: true, ...changes });
      const dialled = await createDialer({ home: folder }).dial(target);
      if (dialled.kind === 'unreachable') throw new Error(JSON.stringify(dialled.problem));
      return dialled.remote;
    },
    log: () => {
      const file = join(folder, 'sudo.log');
      const text = canRun('test', '-e', file) ? readFileSync(file, 'utf8') : '';
      write('sudo.log', '');
      return text;
    },
  };
  host.sudoers('operator ALL=(root) ALL');
  return host;
}

function canRun(file: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(file, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
