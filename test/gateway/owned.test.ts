import { describe, expect, it, type TestContext } from 'vitest';
import { confirmTransaction, inspectGateway, rollbackTransaction } from '../../src/gateway/transaction.ts';
import type { DesiredState } from '../../src/ruleset/model.ts';
import { desiredRuleset, desiredState } from './desired.ts';
import { killed } from './processes.ts';
import { createSandbox, oneOrBoth, type Sandbox, sandboxMissing } from './sandbox.ts';
import { begin, confirmed, filter, ownTools, scripts, set, systemdInit, undone } from './transactions.ts';

const missing = sandboxMissing();

const blocking = desiredRuleset(filter('-A INPUT -m set --match-set blocked src -j DROP'));
const open = desiredRuleset(filter('-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT'));

const blocking2 = desiredRuleset(filter('-A INPUT -p udp -j DROP'));

describe.skipIf(missing !== undefined).concurrent.each(oneOrBoth)(
  `what a play owns beside rules, with $backend and $userland${missing === undefined ? '' : ` [SKIPPED: ${missing}]`}`,
  (options) => {
    async function gateway({ onTestFinished }: TestContext): Promise<Sandbox> {
      const sandbox = await createSandbox(options);
      onTestFinished(() => sandbox.dispose());
      await ownTools(sandbox);
      return sandbox;
    }

    it('makes sets with the rules that use them, changes them by a swap, and destroys them with those rules', async (context) => {
      const sandbox = await gateway(context);
      const first = await begin(
        sandbox,
        't1',
        desiredState([blocking], { sets: [set('blocked', '10.0.0.0/8')] }),
      );
      expect(first.standing.sets).toEqual({
        live: '',
        canonical: 'create blocked hash:net family inet maxelem 65536\nadd blocked 10.0.0.0/8\n',
      });
      expect(await first.go()).toMatchObject({ state: 'applied' });
      expect(await confirmTransaction(sandbox.connect(), scripts, 't1')).toMatchObject({
        state: 'confirmed',
      });
      expect(await sets(sandbox)).toBe('add blocked 10.0.0.0/8\n');

      const other = set('blocked', '192.0.2.0/24', '198.51.100.0/24');
      await confirmed(sandbox, 't2', desiredState([blocking], { sets: [other] }));
      expect(await sets(sandbox)).toBe('add blocked 192.0.2.0/24\nadd blocked 198.51.100.0/24\n');
      expect(await sandbox.sh('ipset list -n')).toBe('blocked\n');

      await confirmed(sandbox, 't3', desiredState([open]));
      expect(await sandbox.sh('ipset list -n; iptables -S INPUT')).not.toContain('blocked');

      // Back over both changes, the newest first.
      await undone(sandbox, 'u3', 't3');
      expect(await sets(sandbox)).toBe('add blocked 192.0.2.0/24\nadd blocked 198.51.100.0/24\n');
      expect(await sandbox.sh('iptables -S INPUT')).toContain('--match-set blocked src');
      await undone(sandbox, 'u2', 't2');
      expect(await sets(sandbox)).toBe('add blocked 10.0.0.0/8\n');
      await undone(sandbox, 'u1', 't1');
      expect(await sandbox.sh('ipset list -n')).toBe('');
    });

    it('takes sets back with the rules: at the deadline, on a failed restore, whatever the runner was at', async (context) => {
      const sandbox = await gateway(context);
      const timed = { ...set('timed', '10.1.0.0/16'), create: 'create timed hash:net timeout 3600' };
      await confirmed(
        sandbox,
        't1',
        desiredState([blocking], { sets: [set('blocked', '10.0.0.0/8'), timed] }),
      );
      const before = await standing(sandbox);
      const change = [
        set('blocked', '192.0.2.0/24'),
        { ...timed, members: ['add timed 10.2.0.0/16 timeout 60'] },
        set('fresh', '203.0.113.0/24'),
      ];

      const onTrial = await begin(sandbox, 't2', desiredState([blocking], { sets: change }));
      expect(await onTrial.go()).toMatchObject({ state: 'applied' });
      expect(await sets(sandbox)).toContain('add fresh 203.0.113.0/24');
      expect(await rollbackTransaction(sandbox.connect(), scripts, 't2', 'told to')).toMatchObject({
        state: 'rolled_back',
      });
      expect(await standing(sandbox)).toBe(before);

      // Killed between two swaps, and before the first.
      for (const [token, stop] of [
        ['t3', 'before'],
        ['t4', 'between'],
      ] as const) {
        await sandbox.sh(
          `cp -a /usr/sbin/ipset /run/ipset; cat >/run/wrapper; chmod +x /run/wrapper; mv /run/wrapper /usr/sbin/ipset`,
          wrapper(stop, token),
        );
        const going = (await begin(sandbox, token, desiredState([blocking], { sets: change }))).go();
        await sandbox.sh(
          `until [ -e /run/stopped.${token} ]; do sleep 0.2; done; ${killed(token, 'runner')}`,
        );
        expect(await going).toMatchObject({ state: 'rolled_back', reason: 'the runner died' });
        await sandbox.sh('mv /run/ipset /usr/sbin/ipset');
        expect(await standing(sandbox)).toBe(before);
      }
    });

    it('leaves live members of sets that keep theirs, and takes back only its own', async (context) => {
      const sandbox = await gateway(context);
      const banned = { ...set('banned', '192.0.2.1'), create: 'create banned hash:ip', keepsMembers: true };
      await confirmed(sandbox, 't1', desiredState([open], { sets: [banned] }));
      await sandbox.sh('ipset add banned 192.0.2.66');
      const more = { ...banned, members: ['add banned 192.0.2.1', 'add banned 192.0.2.2'] };
      const onTrial = await begin(sandbox, 't2', desiredState([open], { sets: [more] }));
      expect(onTrial.standing.sets.canonical).toContain('192.0.2.66');
      expect(await onTrial.go()).toMatchObject({ state: 'applied' });
      await sandbox.sh('ipset add banned 192.0.2.77'); // a ban while we are on trial
      expect(await rollbackTransaction(sandbox.connect(), scripts, 't2', 'told to')).toMatchObject({
        state: 'rolled_back',
      });
      expect(await sets(sandbox)).toBe(
        'add banned 192.0.2.1\nadd banned 192.0.2.66\nadd banned 192.0.2.77\n',
      );

      await confirmed(sandbox, 't3', desiredState([open], { sets: [more] }));
      await sandbox.sh('ipset add banned 192.0.2.88');
      await undone(sandbox, 'u3', 't3');
      expect(await sets(sandbox)).toBe(
        'add banned 192.0.2.1\nadd banned 192.0.2.66\nadd banned 192.0.2.77\nadd banned 192.0.2.88\n',
      );
    });

    it('refuses, before anything is changed, what can not be done in place or loaded', async (context) => {
      const sandbox = await gateway(context);
      await sandbox.sh(
        'ipset create blocked hash:ip; ipset create banned hash:ip timeout 60; iptables -A INPUT -m set --match-set blocked src -j DROP',
      );
      const refusals = async (desired: Partial<DesiredState>) => {
        const answer = await inspectGateway(
          sandbox.connect(),
          scripts,
          'edge',
          desiredState([open], desired),
        );
        return answer.kind === 'refused' ? answer.refusals : answer;
      };
      expect(await refusals({ sets: [set('blocked', '10.0.0.0/8')] })).toEqual([
        { code: 'set-type', text: 'blocked is hash:ip inet there and hash:net inet in the play' },
      ]);
      expect(
        await refusals({ sets: [{ ...set('banned'), create: 'create banned hash:ip', keepsMembers: true }] }),
      ).toMatchObject([{ code: 'set-kept' }]);
      expect(await refusals({ sets: [set('fresh', '10.0.0.0/8', '10.0.0.300')] })).toMatchObject([
        { code: 'kernel-refused', text: expect.stringMatching(/^sets 3 .*10\.0\.0\.300/) },
      ]);
      expect(await refusals({ sysctls: [{ key: 'net.ipv4.no_such', value: '1' }] })).toEqual([
        { code: 'unknown-sysctl', text: 'net.ipv4.no_such' },
      ]);
      expect(await refusals({ sysctls: [{ key: 'net.ipv4.ip_forward', value: 'yes' }] })).toEqual([
        { code: 'sysctl-refused', text: 'net.ipv4.ip_forward yes' },
      ]);
    });

    it('fails, and takes all back, when rules of others still use a set that is to go', async (context) => {
      const sandbox = await gateway(context);
      await confirmed(sandbox, 't1', desiredState([blocking], { sets: [set('blocked', '10.0.0.0/8')] }));
      await sandbox.sh('iptables -t raw -A PREROUTING -m set --match-set blocked src -j DROP');
      const before = await standing(sandbox);
      expect(await (await begin(sandbox, 't2', desiredState([open]))).go()).toMatchObject({
        state: 'rolled_back',
        reason: expect.stringContaining('still use the set blocked'),
      });
      expect(await standing(sandbox)).toBe(before);
    });

    it('writes what rewrites others first, in the order of no playbook, now and at boot', async (context) => {
      const sandbox = await gateway(context);
      await sandbox.sh('echo 1 >/proc/sys/net/ipv4/ip_forward');
      const sysctls = [
        { key: 'net.ipv4.conf.lo.forwarding', value: '1' },
        { key: 'net.ipv4.conf.all.accept_redirects', value: '0' },
        { key: 'net.ipv4.conf.all.forwarding', value: '0' },
      ];
      await sandbox.sh(systemdInit);
      await confirmed(sandbox, 't1', desiredState([open], { sysctls, persist: true }));
      expect(
        await sandbox.sh('cd /proc/sys/net/ipv4/conf; cat all/forwarding all/accept_redirects lo/forwarding'),
      ).toBe('0\n0\n1\n');
      expect(await sandbox.sh('sed "s/ = .*//;s/.*conf.//" /etc/sysctl.d/zz-sluice.conf')).toBe(
        'all.forwarding\nall.accept_redirects\nlo.forwarding\n',
      );
    });

    it('writes only the sysctls that differ, and takes back what the kernel changed along with them', async (context) => {
      const sandbox = await gateway(context);
      const forwarding =
        'cd /proc/sys/net; grep -r . ipv4/ip_forward ipv4/conf/*/forwarding ipv4/conf/*/accept_redirects ipv6/conf/*/forwarding ipv4/conf/lo/rp_filter';
      await sandbox.sh(
        'ip link add name wan0 type bridge; ip link add name lan.7 type bridge; echo 1 >/proc/sys/net/ipv4/conf/wan0/forwarding; echo 1 >/proc/sys/net/ipv6/conf/lan.7/forwarding',
      );
      const before = await sandbox.sh(forwarding);
      const sysctls = [
        { key: 'net.ipv4.conf.lan/7.forwarding', value: '0' },
        { key: 'net.ipv4.ip_forward', value: '1' },
        { key: 'net.ipv6.conf.all.forwarding', value: '1' },
        { key: 'net.ipv4.conf.lo.rp_filter', value: '2' },
      ];
      const onTrial = await begin(sandbox, 't1', desiredState([open], { sysctls }));
      expect(onTrial.standing.sysctls.live).toContain('net.ipv4.ip_forward = 0\n');
      expect(await onTrial.go()).toMatchObject({ state: 'applied' });
      expect(
        await sandbox.sh(
          'cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/lan.7/forwarding /proc/sys/net/ipv4/conf/lo/rp_filter',
        ),
      ).toBe('1\n0\n2\n');
      expect(await rollbackTransaction(sandbox.connect(), scripts, 't1', 'told to')).toMatchObject({
        state: 'rolled_back',
      });
      expect(await sandbox.sh(forwarding)).toBe(before);

      await confirmed(sandbox, 't2', desiredState([open], { sysctls }));
      // An interface that was switched off while forwarding is on stays off: writing the same value would switch it on.
      await sandbox.sh('echo 0 >/proc/sys/net/ipv4/conf/wan0/forwarding');
      await confirmed(sandbox, 't3', desiredState([blocking2], { sysctls }));
      expect(await sandbox.sh('cat /proc/sys/net/ipv4/conf/wan0/forwarding')).toBe('0\n');
      await undone(sandbox, 'u3', 't3');
      await undone(sandbox, 'u2', 't2');
      expect(await sandbox.sh(forwarding)).toBe(before);
    });
  },
);

/** The members of all sets. */
async function sets(sandbox: Sandbox): Promise<string> {
  return sandbox.sh('ipset save | grep ^add | cut -d " " -f 1-3 | sort');
}

/** All that a transaction may change, without what comes and goes by itself. */
async function standing(sandbox: Sandbox): Promise<string> {
  const text = await sandbox.sh(
    'iptables-save; ip6tables-save; ipset save | sed -e "s/ timeout [0-9]*\\( .*\\)*$//" -e "s/ initval.*//" | sort',
  );
  return text.replace(/^#.*\n/gm, '');
}

/** An ipset that stops where it is once: before it reads the swaps, or when the first of them is done. */
function wrapper(stop: 'before' | 'between', token: string): string {
  const wait = `touch /run/stopped.${token}; sleep 600`;
  const swaps = stop === 'before' ? wait : `head -n 1 /run/swaps | /run/ipset restore; ${wait}`;
  return `#!/bin/sh
if [ "$*" = restore ] && [ ! -e /run/stopped.${token} ]; then
  cat >/run/swaps
  if grep -q ^swap /run/swaps; then ${swaps}; fi
  exec /run/ipset restore </run/swaps
fi
exec /run/ipset "$@"
`;
}
