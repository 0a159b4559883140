/** What the inventory logs in as: root, or a user who becomes root through sudo. */
export type LabUser = 'root' | 'operator';

/** The engine behind a gateway's iptables. */
export type Backend = 'nft' | 'legacy';

const OPERATOR_ID = 5000;

/** A file (or symbolic link) to lay over a machine's /etc; `path` is relative to it. */
export type EtcFile =
  | { readonly path: string; readonly text: string; readonly mode: number }
  | { readonly path: string; readonly link: string };

/**
 * The part of /etc that all gateways of a lab and its desk share. The machine's accounts stay (services need theirs), but root and
 * operator are ours: the machine may have an operator of its own, or a root with a locked password or an unusual shell.
 */
export function commonEtc(passwd: string, group: string, publicKey: string): readonly EtcFile[] {
  const accounts = [
    'root:x:0:0:root:/root:/bin/sh',
    `operator:x:${OPERATOR_ID}:${OPERATOR_ID}:operator:/home/operator:/bin/sh`,
  ];
  const groups = ['root:x:0:', `operator:x:${OPERATOR_ID}:`];
  // `*`: no password fits, but unlike `!` the account isn't locked.
  const shadow = ['root:*:19000:0:99999:7:::', 'operator:*:19000:0:99999:7:::'];
  return [
    { path: 'passwd', text: withEntries(passwd, accounts), mode: 0o644 },
    { path: 'group', text: withEntries(group, groups), mode: 0o644 },
    { path: 'shadow', text: `${shadow.join('\n')}\n`, mode: 0o600 },
    { path: 'sudoers', text: SUDOERS, mode: 0o440 },
    { path: 'ssh/sshd_config', text: SSHD_CONFIG, mode: 0o644 },
    { path: 'ssh/authorized_keys', text: `${publicKey}\n`, mode: 0o644 },
  ];
}

/** What is a machine's own in /etc: its name, its host key and the iptables it uses. */
export function machineEtc(name: string, backend: Backend, hostKey: string): readonly EtcFile[] {
  return [
    { path: 'hostname', text: `${name}\n`, mode: 0o644 },
    { path: 'hosts', text: `127.0.0.1 localhost\n::1 localhost\n127.0.1.1 ${name}\n`, mode: 0o644 },
    { path: 'ssh/ssh_host_ed25519_key', text: hostKey, mode: 0o600 },
    ...switchedPrograms(backend).map(({ name, program }) => ({
      path: `alternatives/${name}`,
      link: program,
    })),
  ];
}

/** The programs that /etc/alternatives switches, and what each points to under this engine. */
export function switchedPrograms(
  backend: Backend,
): readonly { readonly name: string; readonly program: string }[] {
  return ['iptables', 'ip6tables'].flatMap((command) =>
    ['', '-save', '-restore'].map((verb) => ({
      name: `${command}${verb}`,
      program: `/usr/sbin/${command}-${backend}${verb}`,
    })),
  );
}

/** Replaces the entries of the same names in a passwd-like file. */
function withEntries(file: string, entries: readonly string[]): string {
  const names = new Set(entries.map(nameOf));
  const others = file.split('\n').filter((line) => line !== '' && !names.has(nameOf(line)));
  return `${[...entries, ...others].join('\n')}\n`;
}

function nameOf(entry: string): string {
  return entry.split(':', 1)[0] ?? '';
}

const SUDOERS = `Defaults env_reset, use_pty
Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
root ALL=(ALL:ALL) ALL
operator ALL=(ALL:ALL) NOPASSWD: ALL
`;

const SSHD_CONFIG = `Port 22
HostKey /etc/ssh/ssh_host_ed25519_key
PidFile /run/sshd.pid
AuthorizedKeysFile /etc/ssh/authorized_keys
AuthenticationMethods publickey
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM no
UseDNS no
PrintMotd no
PrintLastLog no
MaxStartups 100
MaxSessions 100
Subsystem sftp internal-sftp
`;
