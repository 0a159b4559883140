import { describe, expect, it, type TestContext } from 'vitest';
import {
  beginTransaction,
  confirmTransaction,
  inspectGateway,
  type Prepared,
  rollbackTransaction,
  type Trial,
  transactionStatus,
} from '../../src/gateway/transaction.ts';
import { loadGatewayScripts } from '../../src/project/scripts.ts';
import type { Remote } from '../../src/remote.ts';
import type { DesiredRuleset } from '../../src/ruleset/model.ts';
import { desiredRuleset as desired, desiredState } from './desired.ts';
import { killed, killedBoth } from './processes.ts';
import { bothOrAll, createSandbox, type Sandbox, sandboxMissing } from './sandbox.ts';

const scripts = await loadGatewayScripts();
const missing = sandboxMissing();

const filter = (rules: string) =>
  `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${rules}COMMIT\n`;
const sshOnly = filter('-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n-A INPUT -j DROP\n');
const dropAll = filter('-A INPUT -j DROP\n');

describe.skipIf(missing !== undefined).concurrent.each(bothOrAll)(
  `a transaction on $backend under $userland${missing === undefined ? '' : ` [SKIPPED: ${missing}]`}`,
  (options) => {
    async function gateway({ onTestFinished }: TestContext): Promise<Sandbox> {
      const sandbox = await createSandbox(options);
      onTestFinished(() => sandbox.dispose());
      return sandbox;
    }

    it('inspects without changing anything', async (context) => {
      const sandbox = await gateway(context);
      await sandbox.sh('iptables-restore', sshOnly);
      const before = await everything(sandbox);
      const inspected = await inspectGateway(
        sandbox.connect(),
        scripts,
        'edge',
        desiredState([desired(dropAll)]),
      );
      expect(inspected).toMatchObject({ kind: 'inspected', standing: { families: [{ family: 'ipv4' }] } });
      expect(await everything(sandbox)).toBe(before);
    });

    it('applies, and keeps what is confirmed over a fresh connection', async (context) => {
      const sandbox = await gateway(context);
      expect(await apply(sandbox, 't1', [desired(sshOnly), desired(sshOnly, 'ipv6')])).toMatchObject({
        state: 'applied',
      });
      expect(await confirmTransaction(sandbox.connect(), scripts, 't1')).toMatchObject({
        state: 'confirmed',
      });
      expect(await rules(sandbox)).toContain('-A INPUT -j DROP');
      expect(await sandbox.sh('ip6tables-save')).toContain('-A INPUT -j DROP');
      const again = await begin(sandbox, 't2', [desired(sshOnly), desired(sshOnly, 'ipv6')]);
      for (const { live, canonical, confirmed } of again.standing.families) {
        expect(live).toBe(canonical);
        expect(confirmed).toBe(canonical);
      }
      expect(again.standing.owners).toContainEqual({ play: 'edge', family: 'ipv6', table: 'filter' });
      await again.release();
    });

    it('rolls back at its own deadline with nobody connected, counters and all', async (context) => {
      const sandbox = await gateway(context);
      await sandbox.sh('iptables-restore', sshOnly);
      await sandbox.sh('ping -c 1 -W 1 127.0.0.1 || true');
      const before = await sandbox.sh('iptables-save -c');
      const connection = sandbox.connect();
      expect(await apply(sandbox, 't1', [desired(dropAll)], { seconds: 15, connection })).toMatchObject({
        state: 'applied',
      });
      connection.close();
      expect(await final(sandbox, 't1')).toMatchObject({
        state: 'rolled_back',
        reason: 'no confirm before the deadline',
        rolledBackBy: 'the gateway at its deadline',
      });
      expect(withoutDates(await sandbox.sh('iptables-save -c'))).toBe(withoutDates(before));
      expect(await leftovers(sandbox)).toBe('');
    });

    it('takes a change back on request, and resets a table that it created', async (context) => {
      const sandbox = await gateway(context);
      const mangle =
        '*mangle\n:PREROUTING DROP [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n';
      await apply(sandbox, 't1', [desired(mangle + sshOnly)]);
      expect(await rules(sandbox)).toContain(':PREROUTING DROP');
      expect(await rollbackTransaction(sandbox.connect(), scripts, 't1', 'the site is down')).toMatchObject({
        state: 'rolled_back',
        reason: 'the site is down',
      });
      expect(await rules(sandbox)).not.toMatch(/DROP|-A/);
    });

    it('refuses a confirm over a connection that was there when the rules went live', async (context) => {
      const sandbox = await gateway(context);
      const hold = (nc: string) => `(sleep 60 | busybox nc ${nc}) >/dev/null 2>&1 &`;
      const port =
        await sandbox.sh(`${hold('-l -p 22')} until grep -q ':0016 0*:0000 0A' /proc/net/tcp /proc/net/tcp6; do sleep 0.1; done
        ${hold('127.0.0.1 22')} until grep ':0016 01 ' /proc/net/tcp; do sleep 0.1; done | awk '{ split($2, local, ":"); print local[2] }'`);
      const old = sandbox.connect(Number.parseInt(port, 16));
      await apply(sandbox, 't1', [desired(sshOnly)], { connection: old });
      expect(await confirmTransaction(old, scripts, 't1')).toMatchObject({
        refusals: [{ code: 'stale-connection' }],
      });
      expect(await confirmTransaction(sandbox.connect(), scripts, 't1')).toMatchObject({
        state: 'confirmed',
      });
    });

    it('is restored by the guard when the runner is killed', async (context) => {
      const sandbox = await gateway(context);
      await apply(sandbox, 't1', [desired(dropAll)]);
      await sandbox.sh(killed('t1', 'runner'));
      expect(await final(sandbox, 't1')).toMatchObject({ state: 'rolled_back', reason: 'the runner died' });
      expect(await rules(sandbox)).not.toContain('DROP');
      expect(await leftovers(sandbox)).toBe('');
    });

    it('finishes without its guard', async (context) => {
      const sandbox = await gateway(context);
      await apply(sandbox, 't1', [desired(dropAll)], { seconds: 8 });
      await sandbox.sh(killed('t1', 'guard'));
      expect(await final(sandbox, 't1')).toMatchObject({ state: 'rolled_back' });
      expect(await rules(sandbox)).not.toContain('DROP');
    });

    it('is brought to an end by the next run when runner and guard are dead', async (context) => {
      const sandbox = await gateway(context);
      await apply(sandbox, 't1', [desired(dropAll)]);
      await sandbox.sh(killedBoth('t1'));
      const next = await begin(sandbox, 't2', [desired(sshOnly)]);
      expect(next.standing.families[0]?.live).toBe('');
      expect(await transactionStatus(sandbox.connect(), scripts, 't1')).toMatchObject({
        state: 'rolled_back',
      });
      await next.release();
      expect(await leftovers(sandbox)).toBe('');
    });

    it('refuses a second transaction by whom and until when, and frees the lock with its session', async (context) => {
      const sandbox = await gateway(context);
      const first = sandbox.connect();
      await begin(sandbox, 't1', [desired(sshOnly)], { connection: first });
      const refused = await beginTransaction(sandbox.connect(), scripts, request('t2', [desired(sshOnly)]));
      expect(refused).toMatchObject({
        kind: 'refused',
        refusals: [
          {
            code: 'locked',
            text: expect.stringMatching(
              /me@here holds the lock since .*play edge, transaction t1, prepared, \d+ s left/,
            ),
          },
        ],
      });
      first.close();
      const next = await eventually(async () => {
        const answer = await beginTransaction(sandbox.connect(), scripts, request('t3', [desired(sshOnly)]));
        return answer.kind === 'prepared' ? answer : undefined;
      });
      await next.release();
      expect(await leftovers(sandbox)).toBe('');
    });

    it('names the rule that the kernel refuses, also where iptables-restore names only the COMMIT', async (context) => {
      const sandbox = await gateway(context);
      const text =
        '*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -j MASQUERADE\n-A PREROUTING -j MASQUERADE\n-A OUTPUT -p tcp -j RETURN\nCOMMIT\n';
      const refused = await beginTransaction(sandbox.connect(), scripts, request('t1', [desired(text)]));
      expect(refused).toMatchObject({
        kind: 'refused',
        refusals: [{ code: 'kernel-refused', text: expect.stringMatching(/^ipv4 7 /) }],
      });
      const typo = await inspectGateway(
        sandbox.connect(),
        scripts,
        'edge',
        desiredState([
          desired(filter('-A INPUT -p tcp --dport 22 -j ACCEPT\n-A INPUT -p tcp --dport htttp -j ACCEPT\n')),
        ]),
      );
      expect(typo).toMatchObject({
        kind: 'refused',
        refusals: [{ code: 'kernel-refused', text: expect.stringMatching(/^ipv4 6 .*htttp/) }],
      });
      expect(await leftovers(sandbox)).toBe('');
    });

    it('undoes a confirmed change, unless the rules were changed since', async (context) => {
      const sandbox = await gateway(context);
      await apply(sandbox, 't1', [desired(sshOnly)]);
      await confirmTransaction(sandbox.connect(), scripts, 't1');
      await sandbox.sh('iptables -A INPUT -p udp -j DROP');
      const refused = await beginTransaction(sandbox.connect(), scripts, {
        ...request('t2', []),
        undoOf: 't1',
      });
      expect(refused).toMatchObject({ kind: 'refused', refusals: [{ code: 'changed-since' }] });
      await sandbox.sh('iptables -D INPUT -p udp -j DROP');
      const undo = await beginTransaction(sandbox.connect(), scripts, { ...request('t3', []), undoOf: 't1' });
      if (undo.kind !== 'prepared') throw new Error(JSON.stringify(undo));
      expect(await undo.go()).toMatchObject({ state: 'applied' });
      expect(await confirmTransaction(sandbox.connect(), scripts, 't3')).toMatchObject({
        state: 'confirmed',
      });
      expect(await rules(sandbox)).not.toContain('-A');
      const after = await begin(sandbox, 't4', [desired(sshOnly)]);
      expect(after.standing.owners).toEqual([]);
      await after.release();
    });

    it('resets a table that the play no longer names', async (context) => {
      const sandbox = await gateway(context);
      const raw =
        '*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A PREROUTING -p udp -j NOTRACK\nCOMMIT\n';
      await apply(sandbox, 't1', [desired(raw + sshOnly)]);
      await confirmTransaction(sandbox.connect(), scripts, 't1');
      const next = await begin(sandbox, 't2', [desired(sshOnly)]);
      expect(next.standing.resets).toEqual([{ family: 'ipv4', table: 'raw' }]);
      await next.go();
      await confirmTransaction(sandbox.connect(), scripts, 't2');
      expect(await rules(sandbox)).not.toContain('NOTRACK');
      expect(await rules(sandbox)).toContain('--dport 22');
    });

    it('changes nothing on a gateway whose disk is full', async (context) => {
      const sandbox = await gateway(context);
      await sandbox.sh(
        'mkdir -p /var/lib/sluice && mount -t tmpfs -o size=64k tmpfs /var/lib/sluice && head -c 60000 /dev/zero >/var/lib/sluice/ballast',
      );
      const refused = await beginTransaction(sandbox.connect(), scripts, request('t1', [desired(dropAll)]));
      expect(refused).toMatchObject({
        kind: 'refused',
        refusals: [{ code: 'state-folder', text: expect.stringMatching(/KiB free/) }],
      });
      expect(await rules(sandbox)).not.toContain('DROP');
    });

    it('rolls back when the disk fills up during the trial', async (context) => {
      const sandbox = await gateway(context);
      await sandbox.sh('mkdir -p /var/lib/sluice && mount -t tmpfs -o size=1m tmpfs /var/lib/sluice');
      await apply(sandbox, 't1', [desired(dropAll)], { seconds: 2 });
      await sandbox.sh('head -c 2000000 /dev/zero >/var/lib/sluice/ballast 2>/dev/null; true');
      expect(await final(sandbox, 't1')).toMatchObject({ state: 'rolled_back' });
      expect(await rules(sandbox)).not.toContain('DROP');
    });

    const hasNft = options.backend === 'nft' && options.userland === 'debian';
    if (hasNft) {
      it('refuses a snapshot that iptables-save misrenders without a word', async (context) => {
        const sandbox = await gateway(context);
        await sandbox.sh('iptables-restore', sshOnly);
        await (await begin(sandbox, 't1', [desired(dropAll)])).release();
        await sandbox.sh("nft add rule ip filter INPUT tcp dport '{ 99, 100 }' counter drop");
        const refused = await beginTransaction(sandbox.connect(), scripts, request('t2', [desired(dropAll)]));
        expect(refused).toMatchObject({
          kind: 'refused',
          refusals: [{ code: 'snapshot-unfaithful', text: expect.stringMatching(/tcp dport \{ 99, 100 \}/) }],
        });
        await sandbox.sh(
          'iptables -F INPUT; iptables -A INPUT -p tcp -m multiport --dports 99,100 -m comment --comment "a b" -j DROP; iptables -N MINE; iptables -A FORWARD -m limit --limit 5/min -j LOG --log-prefix "x: "',
        );
        await (await begin(sandbox, 't3', [desired(dropAll)])).release();
      });
    }

    it('refuses a mix of backends', async (context) => {
      const sandbox = await gateway(context);
      const other = options.backend === 'nft' ? 'legacy' : 'nft';
      await sandbox.sh(`iptables-${other}-restore`, dropAll);
      const refused = await inspectGateway(
        sandbox.connect(),
        scripts,
        'edge',
        desiredState([desired(sshOnly)]),
      );
      expect(refused).toMatchObject({
        kind: 'refused',
        refusals: [{ code: 'backend-mix', text: expect.stringMatching(/tables: filter/) }],
      });
    });
  },
);

type ApplyOptions = { readonly seconds?: number; readonly connection?: Remote };

function request(token: string, rulesets: readonly DesiredRuleset[], seconds = 60) {
  return {
    token,
    play: 'edge',
    owner: 'me@here',
    confirmWithinSeconds: seconds,
    desired: desiredState(rulesets),
  };
}

async function begin(
  sandbox: Sandbox,
  token: string,
  rulesets: readonly DesiredRuleset[],
  options: ApplyOptions = {},
): Promise<Prepared> {
  const prepared = await beginTransaction(
    options.connection ?? sandbox.connect(),
    scripts,
    request(token, rulesets, options.seconds),
  );
  if (prepared.kind !== 'prepared') throw new Error(JSON.stringify(prepared));
  return prepared;
}

async function apply(
  sandbox: Sandbox,
  token: string,
  rulesets: readonly DesiredRuleset[],
  options: ApplyOptions = {},
): Promise<Trial> {
  return (await begin(sandbox, token, rulesets, options)).go();
}

async function final(sandbox: Sandbox, token: string): Promise<Trial> {
  return eventually(async () => {
    const trial = await transactionStatus(sandbox.connect(), scripts, token);
    return trial.kind === 'state' && !['applied', 'rolling', 'applying'].includes(trial.state)
      ? trial
      : undefined;
  });
}

/** Asks until there is an answer; the test's own time-out is the bound. */
async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function rules(sandbox: Sandbox): Promise<string> {
  return await sandbox.sh('iptables-save');
}

function withoutDates(save: string): string {
  return save.replace(/^#.*\n/gm, '');
}

/** What must not outlive a transaction: its lock and its processes. */
async function leftovers(sandbox: Sandbox): Promise<string> {
  return await sandbox.sh(
    'until ! grep -lsa "[s]luice.sh" /proc/[0-9]*/cmdline >/dev/null; do sleep 0.1; done; ls -d /var/lib/sluice/lock 2>/dev/null; true',
  );
}

async function everything(sandbox: Sandbox): Promise<string> {
  return withoutDates(
    await sandbox.sh(
      'iptables-save; ip6tables-save; ls -laR /var/lib /run /tmp; grep -lsa "[s]luice" /proc/[0-9]*/cmdline; cat /proc/mounts',
    ),
  );
}
