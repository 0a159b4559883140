import { describe, expect, it } from 'vitest';
import { reportGateway, unlockGateway } from '../../src/gateway/report.ts';
import { beginTransaction, rollbackTransaction, transactionStatus } from '../../src/gateway/transaction.ts';
import { desiredRuleset as desired, desiredState } from './desired.ts';
import { killed, killedBoth } from './processes.ts';
import { oneOrBoth, type Sandbox, sandboxMissing } from './sandbox.ts';
import { scripts } from './transactions.ts';
import { begin, gateway, keep, marked, marksOf, tryOut } from './upkeep.ts';

const missing = sandboxMissing();
const skipped = missing === undefined ? '' : ` [SKIPPED: ${missing}]`;

const everything = (sandbox: Sandbox) =>
  sandbox.sh('iptables-save | grep -v "^#"; find /var/lib /tmp -type f | sort | xargs md5sum');

describe.skipIf(missing !== undefined).concurrent.each(oneOrBoth)(
  `what a gateway with $backend and $userland says of itself${skipped}`,
  (options) => {
    const report = (sandbox: Sandbox) => reportGateway(sandbox.connect(), scripts);

    it('that sluice was never there, and it leaves nothing behind', async (context) => {
      const sandbox = await gateway(context, options);
      expect(await report(sandbox)).toEqual({ kind: 'reported', transactions: [] });
      expect(await sandbox.sh('ls -A /var/lib')).toBe('');
    });

    it('what is confirmed, what was taken back by whom, and why; the newest first', async (context) => {
      const sandbox = await gateway(context, options);
      await keep(sandbox, 't1');
      await tryOut(sandbox, 't2', { owner: 'Jo \\n O\'Neill "x" $HOME@here' });
      await rollbackTransaction(sandbox.connect(), scripts, 't2', 'the site  is down: $(id)');
      await keep(sandbox, 't3');
      // Begun within one second, they could be in any order.
      await sandbox.sh(
        'cd /var/lib/sluice/tx; for n in 1 2 3; do sed -i s/^since=.*/since=2026-01-01T00:00:0"$n"Z/ t$n/record; done',
      );
      expect(await report(sandbox)).toEqual({
        kind: 'reported',
        layout: '2',
        transactions: [
          { ...confirmed('t3', 3), isLast: true },
          {
            ...confirmed('t2', 2),
            state: 'rolled_back',
            owner: 'Jo \\n O\'Neill "x" $HOME@here',
            rolledBackBy: 'the controller',
            reason: 'the site is down: $(id)',
          },
          { ...confirmed('t1', 1), isFirst: true },
        ],
      });
    });

    it('the last confirmed one of a play, however many came after it', async (context) => {
      const sandbox = await gateway(context, options);
      await keep(sandbox, 't1');
      await sandbox.sh(
        'cd /var/lib/sluice/tx; for n in $(seq 10 35); do mkdir x$n; cp t1/boot t1/play t1/owner x$n/; echo since=2099-01-01T00:00:"$n"Z >x$n/record; : >x$n/state.cancelled; done',
      );
      const answer = await report(sandbox);
      const tokens = answer.kind === 'reported' ? answer.transactions.map(({ token }) => token) : [];
      expect(tokens).toEqual([...Array.from({ length: 20 }, (_, i) => `x${35 - i}`), 't1']);
    });

    it('who holds it, how long, and who lives there; and changes nothing', async (context) => {
      const sandbox = await gateway(context, options);
      const prepared = await begin(sandbox, 't1');
      expect(await report(sandbox)).toMatchObject({
        lock: { token: 't1', state: 'prepared', owner: 'me@here', play: 'edge', holder: 'alive' },
      });
      await prepared.go();
      const before = await everything(sandbox);
      const answer = await report(sandbox);
      expect(answer).toMatchObject({
        lock: { token: 't1', state: 'applied', runner: 'alive', guard: 'alive' },
        transactions: [{ token: 't1', state: 'applied', runner: 'alive', guard: 'alive', isLast: false }],
      });
      if (answer.kind !== 'reported') throw new Error();
      expect(answer.lock?.secondsLeft).toBeGreaterThan(0);
      expect(answer.lock?.secondsLeft).toBeLessThan(61);
      expect(answer.lock?.since).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(answer.transactions[0]).not.toHaveProperty('due');
      expect(await everything(sandbox)).toBe(before);
    });

    it('what is due where runner and guard are dead, without doing it; status does it', async (context) => {
      const sandbox = await gateway(context, options);
      await tryOut(sandbox, 't1');
      await sandbox.sh(killedBoth('t1'));
      expect(await report(sandbox)).toMatchObject({
        lock: { runner: 'dead', guard: 'dead' },
        transactions: [{ state: 'applied', due: 'later' }],
      });
      await sandbox.sh('echo 1 >/var/lib/sluice/tx/t1/deadline');
      expect(await report(sandbox)).toMatchObject({ transactions: [{ due: 'takeover', secondsLeft: 0 }] });
      expect(await marksOf(sandbox)).toEqual(['t1']);
      expect(await transactionStatus(sandbox.connect(), scripts, 't1')).toMatchObject({
        state: 'rolled_back',
      });
      const after = await report(sandbox);
      expect(after).toMatchObject({ transactions: [{ state: 'rolled_back', reason: 'the runner died' }] });
      expect(after).not.toHaveProperty('lock');
    });

    it('that a reboot cut a transaction', async (context) => {
      const sandbox = await gateway(context, options);
      await tryOut(sandbox, 't1');
      await sandbox.sh(killedBoth('t1'));
      await sandbox.sh('echo another >/var/lib/sluice/tx/t1/boot');
      expect(await report(sandbox)).toMatchObject({
        transactions: [{ state: 'applied', due: 'lost_reboot' }],
      });
    });

    it('nothing to who is not root, or to a sluice that does not know its layout', async (context) => {
      const sandbox = await gateway(context, options);
      await keep(sandbox, 't1');
      await sandbox.sh('echo 99 >/var/lib/sluice/layout');
      expect(await report(sandbox)).toMatchObject({ refusals: [{ code: 'layout-unknown' }] });
      expect(await unlockGateway(sandbox.connect(), scripts)).toMatchObject({
        refusals: [{ code: 'layout-unknown' }],
      });
    });
  },
);

describe.skipIf(missing !== undefined).concurrent.each(oneOrBoth)(
  `the lock of a gateway with $backend and $userland${skipped}`,
  (options) => {
    const unlock = (sandbox: Sandbox) => unlockGateway(sandbox.connect(), scripts);
    const noLock = '[ ! -e /var/lib/sluice/lock ]';

    it('that nobody holds is no trouble', async (context) => {
      const sandbox = await gateway(context, options);
      expect(await unlock(sandbox)).toEqual({ kind: 'notLocked' });
      await keep(sandbox, 't1');
      expect(await unlock(sandbox)).toEqual({ kind: 'notLocked' });
    });

    it('stays with a session that lives, and with a runner or a guard that does', async (context) => {
      const sandbox = await gateway(context, options);
      const refused = (state: string) => ({
        kind: 'refused',
        refusals: [
          {
            code: 'locked',
            text: expect.stringMatching(
              `^me@here holds the lock since .*Z .*transaction t1, ${state}, \\d+ s left`,
            ),
          },
        ],
      });
      const prepared = await begin(sandbox, 't1');
      expect(await unlock(sandbox)).toEqual(refused('prepared'));
      await prepared.go();
      expect(await unlock(sandbox)).toEqual(refused('applied'));
      await sandbox.sh(killed('t1', 'guard'));
      expect(await unlock(sandbox)).toEqual(refused('applied'));
      expect(await marksOf(sandbox)).toEqual(['t1']);
    });

    it('of a prepared session that died is freed', async (context) => {
      const sandbox = await gateway(context, options);
      await begin(sandbox, 't1');
      await sandbox.sh(killed('t1', 'begin'));
      expect(await unlock(sandbox)).toMatchObject({ kind: 'unlocked', token: 't1', state: 'cancelled' });
      await sandbox.sh(noLock);
    });

    it('is freed after the change of a dead runner and guard was taken back', async (context) => {
      const sandbox = await gateway(context, options);
      await tryOut(sandbox, 't1');
      await sandbox.sh(killedBoth('t1'));
      expect(await unlock(sandbox)).toMatchObject({
        kind: 'unlocked',
        owner: 'me@here',
        play: 'edge',
        state: 'rolled_back',
        reason: 'the runner died',
      });
      expect(await marksOf(sandbox)).toEqual([]);
      await sandbox.sh(noLock);
    });

    it('is freed once when two unlock it at the same time', async (context) => {
      const sandbox = await gateway(context, options);
      await tryOut(sandbox, 't1');
      await sandbox.sh(killedBoth('t1'));
      const both = await Promise.all([unlock(sandbox), unlock(sandbox), unlock(sandbox)]);
      const kinds = both.map(({ kind }) => kind);
      expect(kinds).toContain('unlocked');
      expect(kinds.filter((kind) => kind !== 'unlocked' && kind !== 'notLocked')).toEqual([]);
      expect(await marksOf(sandbox)).toEqual([]);
      expect((await sandbox.sh('cat /var/lib/sluice/tx/t1/log')).match(/-> rolled_back/g)).toHaveLength(1);
      await sandbox.sh(noLock);
    });

    it('never leaves its new holder, whoever wins the race for a dead one', async (context) => {
      const sandbox = await gateway(context, options);
      for (let round = 1; round <= 3; round++) {
        await begin(sandbox, `dead${round}`);
        await sandbox.sh(killed(`dead${round}`, 'begin'));
        const request = {
          token: `next${round}`,
          play: 'edge',
          owner: 'next@here',
          confirmWithinSeconds: 60,
          desired: desiredState([desired(marked('next'))]),
        };
        const [first, next, second] = await Promise.all([
          unlock(sandbox),
          beginTransaction(sandbox.connect(), scripts, request),
          unlock(sandbox),
        ]);
        // Who comes after the new holder is refused; so is the new run when it meets an unlock at work.
        for (const { kind } of [first, second]) expect(['unlocked', 'notLocked', 'refused']).toContain(kind);
        if (next.kind === 'prepared') {
          expect(await sandbox.sh('sed -n s/^token=//p /var/lib/sluice/lock')).toBe(`next${round}\n`);
          await next.release();
        } else expect(next).toMatchObject({ refusals: [{ code: 'locked' }] });
        await sandbox.sh(noLock);
      }
    });

    it('that a crash left empty is named, not guessed at', async (context) => {
      const sandbox = await gateway(context, options);
      await keep(sandbox, 't1');
      await sandbox.sh(': >/var/lib/sluice/lock');
      expect(await unlock(sandbox)).toMatchObject({ refusals: [{ code: 'lock-unreadable' }] });
    });
  },
);

function confirmed(token: string, second: number) {
  return {
    token,
    state: 'confirmed',
    play: 'edge',
    owner: 'me@here',
    since: `2026-01-01T00:00:0${second}Z`,
    isLast: false,
    isFirst: false,
    endedSecondsAgo: expect.any(Number),
  };
}
