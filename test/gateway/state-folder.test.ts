import { describe, expect, it, type TestContext } from 'vitest';
import { purgeGateway } from '../../src/gateway/report.ts';
import { confirmTransaction, inspectGateway, transactionStatus } from '../../src/gateway/transaction.ts';
import type { DesiredState } from '../../src/ruleset/model.ts';
import { desiredRuleset, desiredState } from './desired.ts';
import { createSandbox, oneOrBoth, type Sandbox, sandboxMissing } from './sandbox.ts';
import { begin, confirmed, filter, ownTools, scripts, set, systemdInit, undone } from './transactions.ts';

const missing = sandboxMissing();
const rules = (mark: string, more: Partial<DesiredState> = {}) =>
  desiredState([desiredRuleset(filter(`-A INPUT -p udp -m comment --comment ${mark} -j DROP`))], more);

describe.skipIf(missing !== undefined).concurrent.each(oneOrBoth)(
  `the state folder of a gateway with $backend and $userland${missing === undefined ? '' : ` [SKIPPED: ${missing}]`}`,
  (options) => {
    async function gateway({ onTestFinished }: TestContext): Promise<Sandbox> {
      const sandbox = await createSandbox(options);
      onTestFinished(() => sandbox.dispose());
      await ownTools(sandbox);
      await sandbox.sh(systemdInit);
      return sandbox;
    }

    it('loses old transactions, never one that a play stands on or that is not over', async (context) => {
      const sandbox = await gateway(context);
      await confirmed(sandbox, 'first', rules('a'));
      await confirmed(sandbox, 'second', rules('b'));
      await confirmed(sandbox, 'third', rules('c'));
      await sandbox.sh(
        `cd /var/lib/sluice/tx; for n in $(seq 10 34); do mkdir old$n; cp first/* old$n/ 2>/dev/null; rm -f old$n/state.*; : >old$n/state.rolled_back; done
         mkdir under-way; cp first/boot under-way/; : >under-way/state.applied; mkdir half
         touch -d 2020-01-01 first second third old1? under-way half; touch -d 2019-01-01 old10 half`,
      );
      await (await begin(sandbox, 't9', rules('d'))).release();
      const left = (await sandbox.sh('ls /var/lib/sluice/tx')).split('\n');
      expect(left).toEqual(expect.arrayContaining(['first', 'second', 'third', 'under-way']));
      expect(left).not.toContain('half');
      expect(left.filter((name) => name.startsWith('old'))).toHaveLength(20);
      expect(left).not.toContain('old10');
      // 64 MiB is enough for anyone.
      await sandbox.sh('head -c 70000000 /dev/zero >/var/lib/sluice/tx/old34/before.ipv4');
      await (await begin(sandbox, 't10', rules('d'))).release();
      expect(await sandbox.sh('du -sk /var/lib/sluice/tx | cut -f 1')).toMatch(/^[0-9]{1,4}\n$/);
    });

    it('loses what was killed before it had the lock, and not what lives', async (context) => {
      const sandbox = await gateway(context);
      await confirmed(sandbox, 't1', rules('a'));
      await sandbox.sh(
        `cd /var/lib/sluice/tx; mkdir dead alive; for n in dead alive; do : >$n/state.prepared; done
         sleep 1000 >/dev/null 2>&1 & pid=$!
         echo 1:1 >dead/begin.id; echo "$pid:$(sed 's/.*) //' /proc/$pid/stat | cut -d ' ' -f 20)" >alive/begin.id`,
      );
      await (await begin(sandbox, 't2', rules('b'))).release();
      expect(await sandbox.sh('ls /var/lib/sluice/tx')).toBe('alive\nt1\n');
    });

    it('that takes no record fails the confirm; what stands is the new state, and nothing beside it', async (context) => {
      const sandbox = await gateway(context);
      await confirmed(sandbox, 't1', rules('a', { sets: [set('one', '192.0.2.0/24'), set('two')] }));
      const next = await begin(sandbox, 't2', rules('b', { sets: [set('one', '198.51.100.0/24')] }));
      expect(await next.go()).toMatchObject({ state: 'applied' });
      await sandbox.sh('cd /var/lib/sluice; mv plays kept; echo >plays');
      expect(await confirmTransaction(sandbox.connect(), scripts, 't2')).toMatchObject({
        state: 'persist_failed',
      });
      expect(await sandbox.sh('ipset list -n; ipset save one | sed -n "s/^add //p"')).toBe(
        'one\none 198.51.100.0/24\n',
      );
      await sandbox.sh('cd /var/lib/sluice; rm plays; mv kept plays');
      await confirmed(sandbox, 't3', rules('b', { sets: [set('one', '198.51.100.0/24')] }));
    });

    it('of layout 1 is read as it is, and of a newer one is left alone', async (context) => {
      const sandbox = await gateway(context);
      await confirmed(sandbox, 't1', rules('a'));
      // What the first layout didn't have.
      await sandbox.sh(
        'cd /var/lib/sluice; echo 1 >layout; rm -r first sluice.sh tx/t1/options tx/t1/*.sets tx/t1/*.sysctls; rm -f failsafe.*',
      );
      await confirmed(sandbox, 't2', rules('b'));
      expect(await sandbox.sh('cat /var/lib/sluice/layout')).toBe('2\n');
      await undone(sandbox, 'u2', 't2');
      expect(await sandbox.sh('iptables -S')).toContain('--comment a -j');
      await undone(sandbox, 'u1', 't1');
      expect(await sandbox.sh('iptables -S; ls /var/lib/sluice/plays')).not.toContain('DROP');

      await sandbox.sh('echo 3 >/var/lib/sluice/layout');
      const answer = await inspectGateway(sandbox.connect(), scripts, 'edge', rules('c'));
      expect(answer).toMatchObject({ kind: 'refused', refusals: [{ code: 'layout-unknown' }] });
    });

    it('goes whole, with the boot unit, and not while a change is under way', async (context) => {
      const sandbox = await gateway(context);
      const sysctls = [{ key: 'net.ipv4.ip_forward', value: '1' }];
      await loader(sandbox);
      const own = '*nat\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n';
      await sandbox.sh('mkdir -p /etc/iptables; cat >/etc/iptables/rules.v4', own);
      await confirmed(sandbox, 't1', rules('a', { persist: true, sysctls }));
      const purge = (token: string) => purgeGateway(sandbox.connect(), scripts, { token, owner: 'me@here' });
      const prepared = await begin(sandbox, 't2', rules('b', { persist: true, sysctls }));
      expect(await purge('p1')).toMatchObject({ kind: 'refused', refusals: [{ code: 'locked' }] });
      await prepared.release();
      expect(await purge('p2')).toEqual({ kind: 'purged' });
      expect(
        await sandbox.sh(
          'ls -d /var/lib/sluice* /etc/sysctl.d/zz-sluice.conf 2>/dev/null; find /etc -name "*sluice*"',
        ),
      ).toBe('');
      expect(await sandbox.sh('iptables -S')).toContain('--comment a -j');
      expect(await sandbox.sh('cat /etc/iptables/rules.v4')).toBe(own);
      expect(await purge('p3')).toEqual({ kind: 'absent' });
    });

    it('serves two plays, each with its own; a file that both are in comes to rest', async (context) => {
      const sandbox = await gateway(context);
      await loader(sandbox);
      const nat = desiredState(
        [desiredRuleset('*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -o wan -j MASQUERADE\nCOMMIT\n')],
        { persist: true, sysctls: [{ key: 'net.ipv4.ip_forward', value: '1' }] },
      );
      const edge = rules('a', { persist: true, sets: [set('blocked', '10.0.0.0/8')] });
      await confirmed(sandbox, 'e1', edge);
      await confirmed(sandbox, 'n1', nat, { play: 'nat' });
      for (const [play, desired] of [
        ['edge', edge],
        ['nat', nat],
      ] as const) {
        const answer = await inspectGateway(sandbox.connect(), scripts, play, desired);
        expect(answer).toMatchObject({ kind: 'inspected' });
        expect(answer.kind === 'inspected' && answer.standing.persistence).toBeUndefined();
      }
      expect(await sandbox.sh('cat /etc/iptables/rules.v4')).toMatch(/\*nat[^*]*\*filter/);
      // What one play takes back, the other keeps, also in the file.
      await undone(sandbox, 'u1', 'e1');
      expect(await sandbox.sh('cat /etc/iptables/rules.v4')).toMatch(/^\*nat[^*]*COMMIT\n$/);
      expect(await transactionStatus(sandbox.connect(), scripts, 'n1')).toMatchObject({ state: 'confirmed' });
    });
  },
);

/** The outside of netfilter-persistent. */
async function loader(sandbox: Sandbox): Promise<void> {
  await sandbox.sh(`mkdir -p /run/share/upper/netfilter-persistent/plugins.d /run/share/work
    touch /run/share/upper/netfilter-persistent/plugins.d/15-ip4tables
    mount -t overlay -o lowerdir=/usr/share,upperdir=/run/share/upper,workdir=/run/share/work overlay /usr/share
    touch /usr/sbin/netfilter-persistent; chmod +x /usr/sbin/netfilter-persistent`);
}
