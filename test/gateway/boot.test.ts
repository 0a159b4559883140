import { describe, expect, it, type TestContext } from 'vitest';
import {
  confirmTransaction,
  inspectGateway,
  rollbackTransaction,
  transactionStatus,
} from '../../src/gateway/transaction.ts';
import type { DesiredState } from '../../src/ruleset/model.ts';
import { desiredRuleset, desiredState } from './desired.ts';
import { createSandbox, oneOrBoth, type Sandbox, type SandboxOptions, sandboxMissing } from './sandbox.ts';
import { begin, confirmed, filter, ownTools, scripts, set, systemdInit, undone } from './transactions.ts';

const missing = sandboxMissing();

const blocking = (...more: string[]) =>
  desiredRuleset(filter('-A INPUT -m set --match-set blocked src -j DROP', ...more));
const six = desiredRuleset(filter('-A INPUT -p udp -j DROP'), 'ipv6');

/** Everything of a play that a boot brings back. */
const whole = (...more: string[]): DesiredState =>
  desiredState([blocking(...more), six], {
    sets: [set('blocked', '10.0.0.0/8')],
    sysctls: [{ key: 'net.ipv4.ip_forward', value: '1' }],
    persist: true,
  });

describe.skipIf(missing !== undefined).concurrent.each(oneOrBoth)(
  `what a reboot leaves, with $backend and $userland${missing === undefined ? '' : ` [SKIPPED: ${missing}]`}`,
  (options) => {
    async function gateway({ onTestFinished }: TestContext): Promise<Sandbox> {
      const sandbox = await createSandbox(options);
      onTestFinished(() => sandbox.dispose());
      await ownTools(sandbox);
      // One gateway is started by systemd, the other one by OpenRC.
      const openrc = 'printf "#!/bin/sh\\n" >/usr/sbin/rc-update; chmod +x /usr/sbin/rc-update';
      await sandbox.sh(options.userland === 'busybox' ? openrc : systemdInit);
      return sandbox;
    }

    it('is what was confirmed, and nothing of what was on trial', async (context) => {
      const sandbox = await gateway(context);
      await confirmed(sandbox, 't1', whole());
      const good = await standing(sandbox);
      expect(await (await begin(sandbox, 't2', whole('-A INPUT -p icmp -j DROP'))).go()).toMatchObject({
        state: 'applied',
      });
      expect(await reboot(sandbox)).toBe(0);
      expect(await standing(sandbox)).toBe(good);
      expect(await transactionStatus(sandbox.connect(), scripts, 't2')).toMatchObject({
        state: 'lost_reboot',
      });
      expect(await staged(sandbox)).toBe('');

      // The gateway is free again, and an undo takes the next boot back, too.
      await confirmed(sandbox, 't3', whole('-A INPUT -p icmp -j DROP'));
      await undone(sandbox, 'u3', 't3');
      expect(await reboot(sandbox)).toBe(0);
      expect(await standing(sandbox)).toBe(good);
      await undone(sandbox, 'u1', 't1');
      await reboot(sandbox);
      expect(await standing(sandbox)).not.toContain('DROP');
    });

    it('is not brought over a trial by whoever starts the unit again', async (context) => {
      const sandbox = await gateway(context);
      await confirmed(sandbox, 't1', whole());
      expect(await (await begin(sandbox, 't2', whole('-A INPUT -p icmp -j DROP'))).go()).toMatchObject({
        state: 'applied',
      });
      const onTrial = await standing(sandbox);
      expect(await sandbox.sh("sh /var/lib/sluice/sluice.sh '' boot 2>/dev/null; echo $?")).toBe('1\n');
      expect(await standing(sandbox)).toBe(onTrial);
    });

    it('is the new rules, where the power failed within a confirm', async (context) => {
      const sandbox = await gateway(context);
      await sandbox.sh(
        'cat >/usr/sbin/mv; chmod +x /usr/sbin/mv',
        `#!/bin/sh\ncase "$*" in *record.play*) touch /run/stopped; sleep 600 ;; esac\nPATH=/usr/bin exec mv "$@"\n`,
      );
      const prepared = await begin(sandbox, 't1', whole());
      expect(await prepared.go()).toMatchObject({ state: 'applied' });
      const good = await standing(sandbox);
      const confirming = confirmTransaction(sandbox.connect(), scripts, 't1');
      await sandbox.sh('until [ -e /run/stopped ]; do sleep 0.2; done; rm /usr/sbin/mv');
      expect(await reboot(sandbox)).toBe(0);
      await confirming;
      expect(await standing(sandbox)).toBe(good);
      expect(await transactionStatus(sandbox.connect(), scripts, 't1')).toMatchObject({
        state: 'confirmed',
      });
    });

    it('lets the operator in and forwards nothing, where the confirmed rules do not load', async (context) => {
      const sandbox = await gateway(context);
      await confirmed(sandbox, 't1', whole());
      await sandbox.sh('echo "-A INPUT -j NO_SUCH_MODULE" >/var/lib/sluice/tx/t1/desired.ipv4');
      expect(await reboot(sandbox)).toBe(1);
      const rules = await sandbox.sh('iptables -S; ip6tables -S');
      expect(rules).toContain('-P FORWARD DROP');
      expect(rules).toContain('-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT');
      expect(rules).toContain('-A INPUT -p udp -j DROP'); // the other family loaded
    });

    it('says what the next boot lacks, and nothing when all is as the play wants', async (context) => {
      const sandbox = await gateway(context);
      const lacks = async (desired: DesiredState) => {
        const answer = await inspectGateway(sandbox.connect(), scripts, 'edge', desired);
        if (answer.kind !== 'inspected') throw new Error(JSON.stringify(answer));
        return answer.standing.persistence;
      };
      expect(await lacks(whole())).toBe('the next boot would not bring this yet');
      await confirmed(sandbox, 't1', whole());
      expect(await lacks(whole())).toBeUndefined();
      await sandbox.sh('rm -f /etc/systemd/system/sluice-boot.service /etc/init.d/sluice-boot');
      expect(await lacks(whole())).toBe('the boot unit is missing, or another');
      await confirmed(sandbox, 't2', whole());
      await sandbox.sh('echo net.ipv4.ip_forward = 0 >/etc/sysctl.d/zz-sluice.conf');
      expect(await lacks(whole())).toBe('/etc/sysctl.d/zz-sluice.conf holds something else');
      const forgotten = { ...whole(), persist: false };
      expect(await lacks(forgotten)).toMatch(/^what the play left for the next boot goes/);
      await confirmed(sandbox, 't3', forgotten);
      expect(await lacks(forgotten)).toBeUndefined();
      expect(await sandbox.sh('cat /etc/sysctl.d/zz-sluice.conf')).toBe('');
      await reboot(sandbox);
      expect(await standing(sandbox)).not.toContain('DROP');
    });

    it("keeps the file of the distribution's own loader in step, with what else is in it", async (context) => {
      const sandbox = await gateway(context);
      const [v4, v6] = await loader(sandbox, options);
      const mangle = '*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j MARK --set-mark 7\nCOMMIT\n';
      await sandbox.sh(
        `mkdir -p $(dirname ${v4}) && cat >${v4}`,
        `# mine\n${filter('-A INPUT -j LOG')}${mangle}`,
      );
      const before = await sandbox.sh(`cat ${v4}`);
      const onTrial = await begin(sandbox, 't1', whole());
      await onTrial.go();
      expect(await sandbox.sh(`cat ${v4}`)).toBe(before);
      await rollbackTransaction(sandbox.connect(), scripts, 't1', 'told to');
      expect(await sandbox.sh(`cat ${v4}; ls -A $(dirname ${v4}) | grep sluice || true`)).toBe(before);

      await confirmed(sandbox, 't2', whole());
      expect(await sandbox.sh(`cat ${v4}`)).toBe(`${mangle}${blocking().text}`);
      expect(await sandbox.sh(`cat ${v6}`)).toBe(six.text);
      // The loader came first, met a set that wasn't there yet, and loaded nothing of its file.
      await reboot(sandbox);
      expect(await sandbox.sh('iptables -t mangle -S')).toContain('--set-xmark 0x7/0xffffffff');
      await undone(sandbox, 'u2', 't2');
      expect(await sandbox.sh(`cat ${v4} ${v6}`)).toBe(`${mangle}${filter('-A INPUT -j LOG')}`);
    });

    it('refuses what would make an unconfirmed change survive, or could not persist', async (context) => {
      const sandbox = await gateway(context);
      const refusals = async () => {
        const answer = await inspectGateway(sandbox.connect(), scripts, 'edge', whole());
        return answer.kind === 'refused' ? answer.refusals : answer;
      };
      await sandbox.sh('mkdir -p /etc/conf.d; echo \'SAVE_ON_STOP="yes"\' >/etc/conf.d/iptables');
      expect(await refusals()).toEqual([
        { code: 'saves-on-stop', text: '/etc/conf.d/iptables has SAVE_ON_STOP="yes"' },
      ]);
      await sandbox.sh('rm /etc/conf.d/iptables; mount -t tmpfs -o ro tmpfs /etc/sysctl.d');
      const prepared = await begin(sandbox, 't1', whole());
      expect(await prepared.go()).toMatchObject({
        kind: 'refused',
        refusals: [{ code: 'persist-impossible' }],
      });
      expect(await standing(sandbox)).not.toContain('DROP');
      if (options.userland === 'debian') return;
      await sandbox.sh('rm /usr/sbin/rc-update');
      expect(await refusals()).toMatchObject([{ code: 'no-init' }]);
    });

    it.runIf(options.userland === 'debian')('has a unit that systemd takes', async (context) => {
      const sandbox = await gateway(context);
      if ((await sandbox.sh('command -v systemd-analyze || true')) === '')
        context.skip('needs systemd-analyze');
      await confirmed(sandbox, 't1', whole());
      expect(
        await sandbox.sh(
          'systemd-analyze verify /etc/systemd/system/sluice-boot.service 2>&1 | grep sluice || true',
        ),
      ).toBe('');
      expect(await sandbox.sh('systemctl --root=/ is-enabled sluice-boot.service')).toBe('enabled\n');
    });
  },
);

/**
 * What a reboot does to a gateway, as far as namespaces have it: its processes, rules, sets and sysctls are gone, and the boot id
 * is another; then what is installed to run at boot runs. Answers its exit code.
 */
async function reboot(sandbox: Sandbox): Promise<number> {
  await sandbox.sh(`
    for p in $(grep -lsa '[s]luice.sh' /proc/[0-9]*/cmdline | cut -d / -f 3); do kill -9 $p 2>/dev/null; done
    for t in iptables ip6tables; do
      for table in raw mangle nat filter security; do
        $t -w -t $table -F; $t -w -t $table -X
        for chain in $($t -w -t $table -S | sed -n 's/^-P \\([A-Z]*\\) .*/\\1/p'); do $t -w -t $table -P $chain ACCEPT; done
      done
    done
    ipset destroy; echo 0 >/proc/sys/net/ipv4/ip_forward
    cat /proc/sys/kernel/random/uuid >/run/boot_id.$$; mount --bind /run/boot_id.$$ /proc/sys/kernel/random/boot_id`);
  const code = await sandbox.sh(`
    if [ -e /etc/systemd/system/sysinit.target.wants/sluice-boot.service ]; then
      sh -c "$(sed -n 's/^ExecStart=//p' /etc/systemd/system/sluice-boot.service)" >&2; echo $?
    elif [ -e /etc/runlevels/boot/sluice-boot ]; then
      ebegin() { :; }; eend() { echo "$1"; }; . /etc/init.d/sluice-boot; start
    fi`);
  return Number(code);
}

async function standing(sandbox: Sandbox): Promise<string> {
  const text = await sandbox.sh(
    'for t in iptables ip6tables; do $t -S; done; ipset save | sed "s/ initval.*//"; cat /proc/sys/net/ipv4/ip_forward',
  );
  return text;
}

/** What was prepared for a confirm, and must not stay. */
async function staged(sandbox: Sandbox): Promise<string> {
  return sandbox.sh('find /etc -name "*sluice-*" ! -name "sluice-boot*"');
}

/** Installs the outside of a loader that the distribution brings; answers its files. */
async function loader(sandbox: Sandbox, { userland }: SandboxOptions): Promise<readonly [string, string]> {
  if (userland === 'debian') {
    await sandbox.sh(`mkdir -p /run/share/upper/netfilter-persistent/plugins.d /run/share/work
      touch /run/share/upper/netfilter-persistent/plugins.d/15-ip4tables /run/share/upper/netfilter-persistent/plugins.d/25-ip6tables
      mount -t overlay -o lowerdir=/usr/share,upperdir=/run/share/upper,workdir=/run/share/work overlay /usr/share
      touch /usr/sbin/netfilter-persistent; chmod +x /usr/sbin/netfilter-persistent`);
    return ['/etc/iptables/rules.v4', '/etc/iptables/rules.v6'];
  }
  await sandbox.sh(`mkdir -p /etc/conf.d /etc/init.d; touch /etc/init.d/iptables /etc/init.d/ip6tables
    echo 'IPTABLES_SAVE="/etc/iptables/here"' >/etc/conf.d/iptables; touch /etc/conf.d/ip6tables`);
  return ['/etc/iptables/here', '/etc/iptables/rules6-save'];
}
