import { randomUUID } from 'node:crypto';
import { type ChaosGateway, inside } from './gateway.ts';
import { processesBelow, signal } from './processes.ts';
import { flushRules, SYSCTLS_AT_BOOT } from './reset.ts';

const UNIT = '/etc/systemd/system/sluice-boot.service';

/**
 * Kills everything, then does what a machine does that comes up: another boot id, an empty /run, no rules; then what its
 * units load, and sshd. Stands in for an init system where there is none.
 */
export async function simulateReboot(gateway: ChaosGateway): Promise<void> {
  for (const name of ['SIGSTOP', 'SIGKILL'] as const) {
    for (const { pid, argv } of processesBelow(gateway.pid))
      if (argv.join(' ') !== 'sleep 3600') signal(pid, name);
  }
  await inside(
    gateway,
    `umount /usr/bin/date 2>/dev/null
     find /run -xdev -mindepth 1 -delete 2>/dev/null
     mkdir -p /run/lock
     umount /proc/sys/kernel/random/boot_id 2>/dev/null
     echo ${randomUUID()} >/run/boot_id && mount --bind /run/boot_id /proc/sys/kernel/random/boot_id
     ${SYSCTLS_AT_BOOT}`,
  );
  await flushRules(gateway);
  await inside(
    gateway,
    `[ ! -e /etc/iptables/rules.v4 ] || iptables-restore </etc/iptables/rules.v4
     [ ! -e /etc/iptables/rules.v6 ] || ip6tables-restore </etc/iptables/rules.v6
     if [ -e ${UNIT} ]; then
       sed -n 's/^ExecStart=[-+!]*//p' ${UNIT} >/run/boot.sh; sh /run/boot.sh >/run/boot.log 2>&1
     fi
     ${gateway.startSshd}`,
  );
}
