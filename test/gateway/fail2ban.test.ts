import { describe, it } from 'vitest';
import type { DesiredState } from '../../src/ruleset/model.ts';
import { desiredRuleset, desiredState } from './desired.ts';
import { startFail2ban, unpackFail2ban } from './fail2ban.ts';
import { createSandbox, sandboxMissing } from './sandbox.ts';
import { confirmed, filter } from './transactions.ts';

/** On demand, as it downloads a package: `SLUICE_APPLIES=200`. */
const applies = Number(process.env.SLUICE_APPLIES ?? 0);
const bansEach = 5;

/** The gateway's own step from armed to applied, of two confirmed transactions in turn: what whole ones would do, without their waits. */
const applyLoop = `sed '$d' /var/lib/sluice/sluice.sh >/run/functions.sh
set -- ''; . /run/functions.sh
n=0
while [ $n -lt ${applies} ]; do
  n=$((n + 1)); tx=$root/tx/t$((n % 2 + 1)); load_rules ipv4 || exit 1
done
tx=$root/tx/t2; load_rules ipv4`;

const fail2ban = available();

function available(): ReturnType<typeof unpackFail2ban> {
  if (applies === 0) return { missing: 'on demand: SLUICE_APPLIES=200' };
  const lacking = sandboxMissing();
  return lacking === undefined ? unpackFail2ban() : { missing: lacking };
}

const missing = 'missing' in fail2ban ? fail2ban.missing : undefined;

const jump = '-m comment --comment "sluice:edge"';
const scopes: readonly { readonly name: string; readonly desired: (port: number) => DesiredState }[] = [
  {
    name: 'keep',
    desired: (port) =>
      desiredState(
        [desiredRuleset(filter('-A INPUT -i lo -j ACCEPT', `-A INPUT -p tcp --dport ${port} -j ACCEPT`))],
        {
          scope: { kind: 'tables', keep: ['f2b-*'] },
        },
      ),
  },
  {
    name: 'scope: chains',
    desired: (port) =>
      desiredState(
        [
          desiredRuleset(
            `*filter\n:EDGE-IN - [0:0]\n-A INPUT ${jump} -s 10.0.${port % 250}.0/24 -j EDGE-IN\n-A EDGE-IN -p tcp --dport ${port} -j ACCEPT\nCOMMIT\n`,
          ),
        ],
        { scope: { kind: 'chains', prefix: 'EDGE-', mark: 'sluice:edge', jumps: [] } },
      ),
  },
];

describe
  .skipIf(missing !== undefined)
  .concurrent.each(
    (['nft', 'legacy'] as const).flatMap((backend) => scopes.map((scope) => ({ backend, ...scope }))),
  )(
  `fail2ban from Debian, by $name, with $backend${missing === undefined ? '' : ` [SKIPPED: ${missing}]`}`,
  ({ backend, name, desired }) => {
    it(
      `loses no ban that it makes during ${applies} applies`,
      async ({ expect, onTestFinished }) => {
        if (!('folder' in fail2ban)) return;
        const sandbox = await createSandbox({ backend, userland: 'debian' });
        onTestFinished(() => sandbox.dispose());
        const server = await startFail2ban(sandbox, fail2ban.folder);
        const wanted = ['198.19.0.1'];
        await confirmed(sandbox, 't1', desired(1001));
        await confirmed(sandbox, 't2', desired(1002));
        let isOver = false;
        const applying = sandbox.sh(applyLoop).finally(() => {
          isOver = true;
        });
        for (let n = 0; !isOver; n += 1) {
          const addresses = Array.from({ length: bansEach }, (_, i) => `198.18.${n}.${i + 1}`);
          wanted.push(...addresses);
          await server.ban(...addresses);
        }
        await applying;
        process.stdout.write(`${applies} applies, ${wanted.length} bans (${backend}, ${name})\n`);
        await expect.poll(() => server.banned(), { timeout: 60_000 }).toBe(wanted.length);
        const bans = async () =>
          [...(await sandbox.sh('iptables-save')).matchAll(/^-A f2b-sshd -s (\S+)\/32 /gm)]
            .map(([, ip]) => ip)
            .sort();
        // The server counts a ban before its rule is in.
        await expect.poll(bans, { timeout: 60_000 }).toEqual([...wanted].sort());
        const live = await sandbox.sh('iptables-save');
        expect(live).toContain(`--dport 1002 -j ACCEPT`);
        expect(live).toContain('-A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd');
      },
      applies * 5_000 + 300_000,
    );
  },
);
