import { type ChaosGateway, inside, must } from './gateway.ts';
import { isSluice, processesBelow, signal } from './processes.ts';

const BUILTIN: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
};

const EMPTY = Object.entries(BUILTIN)
  .map(
    ([table, chains]) => `*${table}\n${chains.map((chain) => `:${chain} ACCEPT [0:0]\n`).join('')}COMMIT\n`,
  )
  .join('');

/** What a play of ours changes goes back to what a kernel comes up with, forwarding on. */
export const SYSCTLS_AT_BOOT =
  'for sysctl in net/ipv4/ip_forward net/ipv6/conf/all/forwarding; do echo 1 >/proc/sys/$sysctl; done; echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter';

/** Flushes what the kernel holds, as a machine has it before anything is loaded. */
export async function flushRules(gateway: ChaosGateway): Promise<void> {
  const flush =
    gateway.backend === 'nft'
      ? 'nft flush ruleset'
      : 'rules=$(cat); for tool in iptables ip6tables; do printf "%s\\n" "$rules" | $tool-restore -w 5 || exit 1; done';
  await inside(gateway, `${flush}; ipset destroy 2>/dev/null; conntrack -F >/dev/null 2>&1; :`, EMPTY);
}

/** Everything that an earlier run may have left, from processes to mounts. */
export async function resetGateway(gateway: ChaosGateway): Promise<void> {
  await healNetwork(gateway);
  for (const one of processesBelow(gateway.pid)) {
    if (isSession(one.argv.join(' ')) || isSluice(one)) signal(one.pid, 'SIGKILL');
    else signal(one.pid, 'SIGCONT');
  }
  await inside(
    gateway,
    `for place in /var/lib/sluice /proc/sys/kernel/random/boot_id /usr/bin/date; do
       while umount "$place" 2>/dev/null; do :; done
     done
     rm -rf /var/lib/sluice /etc/iptables/rules.v4 /etc/iptables/rules.v6 /etc/sysctl.d/zz-sluice.conf /run/foreign* /run/date*
     rm -f /etc/systemd/system/sluice-boot.service /etc/systemd/system/sysinit.target.wants/sluice-boot.service
     ${SYSCTLS_AT_BOOT}
     grep -q ':0016 .* 0A ' /proc/net/tcp || { ${gateway.startSshd}; }`,
  );
  await flushRules(gateway);
}

/** A login's sshd, not the one that listens. */
function isSession(words: string): boolean {
  return /^sshd: (?!.*\[listener\])/.test(words);
}

/** Cable in, nothing lost. */
export async function healNetwork({ fabric, port }: ChaosGateway): Promise<void> {
  await must([
    ...fabric,
    'sh',
    '-c',
    `ip link set ${port} up; nft delete table netdev chaos-${port} 2>/dev/null; :`,
  ]);
}
