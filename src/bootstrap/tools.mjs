import { accessSync, constants, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { installDebianPackages, isDebian } from './debian.mjs';

/** The programs that are called: who calls them, and the packages that have them. What every Linux has isn't listed. */
const TOOLS = [
  // The lab: gateways of namespaces with a real sshd and iptables.
  { tool: 'sshd', by: ['demo', 'test'], apt: 'openssh-server', dnf: 'openssh-server', apk: 'openssh' },
  { tool: 'iptables-nft', by: ['demo', 'test'], apt: 'iptables', dnf: 'iptables-nft', apk: 'iptables' },
  {
    tool: 'iptables-legacy',
    by: ['demo', 'test'],
    apt: 'iptables',
    dnf: 'iptables-legacy',
    apk: 'iptables-legacy',
  },
  { tool: 'ip', by: ['demo', 'test'], apt: 'iproute2', dnf: 'iproute', apk: 'iproute2' },
  { tool: 'unshare', by: ['demo', 'test'], apt: 'util-linux', dnf: 'util-linux', apk: 'util-linux' },
  { tool: 'nsenter', by: ['demo', 'test'], apt: 'util-linux', dnf: 'util-linux', apk: 'util-linux' },
  { tool: 'setsid', by: ['demo', 'test'], apt: 'util-linux', dnf: 'util-linux', apk: 'util-linux' },
  { tool: 'mount', by: ['demo', 'test'], apt: 'mount', dnf: 'util-linux', apk: 'util-linux' },
  { tool: 'sudo', by: ['demo', 'test'], apt: 'sudo', dnf: 'sudo', apk: 'sudo' },
  { tool: 'curl', by: ['demo', 'test'], apt: 'curl', dnf: 'curl', apk: 'curl' },
  // Other ends to test against, and the tools a gateway may have for a check.
  { tool: 'ssh', by: ['test'], apt: 'openssh-client', dnf: 'openssh-clients', apk: 'openssh' },
  { tool: 'ssh-agent', by: ['test'], apt: 'openssh-client', dnf: 'openssh-clients', apk: 'openssh' },
  { tool: 'ssh-keygen', by: ['test'], apt: 'openssh-client', dnf: 'openssh', apk: 'openssh' },
  { tool: 'openssl', by: ['test'], apt: 'openssl', dnf: 'openssl', apk: 'openssl' },
  { tool: 'busybox', by: ['test'], apt: 'busybox', dnf: 'busybox', apk: 'busybox' },
  { tool: 'bash', by: ['test'], apt: 'bash', dnf: 'bash', apk: 'bash' },
  { tool: 'nft', by: ['test'], apt: 'nftables', dnf: 'nftables', apk: 'nftables' },
  { tool: 'nc', by: ['test'], apt: 'netcat-openbsd', dnf: 'nmap-ncat', apk: 'netcat-openbsd' },
  { tool: 'wget', by: ['test'], apt: 'wget', dnf: 'wget', apk: 'wget' },
  { tool: 'python3', by: ['test'], apt: 'python3', dnf: 'python3', apk: 'python3' },
  { tool: 'pgrep', by: ['test'], apt: 'procps', dnf: 'procps-ng', apk: 'procps' },
  { tool: 'sysctl', by: ['test'], apt: 'procps', dnf: 'procps-ng', apk: 'procps' },
  { tool: 'script', by: ['test'], apt: 'bsdutils', dnf: 'util-linux-script', apk: 'util-linux-misc' },
  { tool: 'ping', by: ['test'], apt: 'iputils-ping', dnf: 'iputils', apk: 'iputils' },
  // What a play may own beside rules, and what goes wrong under it.
  { tool: 'ipset', by: ['test'], apt: 'ipset', dnf: 'ipset', apk: 'ipset' },
  { tool: 'conntrack', by: ['test'], apt: 'conntrack', dnf: 'conntrack-tools', apk: 'conntrack-tools' },
  { tool: 'faketime', by: ['test'], apt: 'faketime', dnf: 'libfaketime', apk: 'libfaketime' },
  { tool: 'flock', by: ['test'], apt: 'util-linux', dnf: 'util-linux', apk: 'flock' },
  { tool: 'shellcheck', by: ['check'], apt: 'shellcheck', dnf: 'ShellCheck', apk: 'shellcheck' },
];

/** Installs the tools that are missing where we may and know how; answers those that are missing still. */
export async function provideTools(verb) {
  const missing = missingTools(verb);
  if (missing.length === 0 || process.getuid?.() !== 0 || !isDebian()) return missing;
  await installDebianPackages(packagesOf(missing, 'apt'));
  return missingTools(verb);
}

/** The tools that a verb calls and this machine lacks; none elsewhere than on Linux, where they wouldn't help. */
function missingTools(verb) {
  if (process.platform !== 'linux') return [];
  return TOOLS.filter(({ tool, by }) => by.includes(verb) && !isHere(tool));
}

/** Names what is missing and how to get it here. */
export function adviceFor(missing) {
  const tools = missing.map(({ tool }) => tool).join(', ');
  const [command, kind] = PACKAGERS.find(([, , program]) => isHere(program)) ?? [];
  if (command === undefined) {
    return `Missing here: ${tools}.\nInstall what has them; on Debian: ${packagesOf(missing, 'apt').join(' ')}`;
  }
  return `Missing here: ${tools}. As root, type:\n    ${command} ${packagesOf(missing, kind).join(' ')}`;
}

const PACKAGERS = [
  ['apt-get install', 'apt', 'apt-get'],
  ['dnf install', 'dnf', 'dnf'],
  ['apk add', 'apk', 'apk'],
];

function packagesOf(missing, packager) {
  return [...new Set(missing.map((row) => row[packager]))];
}

/** BusyBox under another name isn't that tool: it lacks options that we use. */
function isHere(tool) {
  const path = [...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin']
    .map((folder) => join(folder, tool))
    .find(isExecutable);
  return path !== undefined && (tool === 'busybox' || basename(realpathSync(path)) !== 'busybox');
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
