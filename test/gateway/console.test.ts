import { describe, expect, it } from 'vitest';
import { beginTransaction } from '../../src/gateway/transaction.ts';
import { desiredRuleset as desired, desiredState } from './desired.ts';
import { killedBoth } from './processes.ts';
import { oneOrBoth, type Sandbox, sandboxMissing } from './sandbox.ts';
import { scripts } from './transactions.ts';
import { atConsole, gateway, keep, marked, marksOf, tryOut } from './upkeep.ts';

const missing = sandboxMissing();

const mangle = (mark: string) =>
  `*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n-A FORWARD -m comment --comment ${mark} -j ACCEPT\nCOMMIT\n`;

/** The newest transaction that was begun on the console. */
const newest = 'cd /var/lib/sluice/tx; cd $(ls -td console-* | head -n 1)';
/** That which is under way; some ls knows no parts of a second. */
const underWay = 'cd /var/lib/sluice/tx/$(sed -n s/^token=//p /var/lib/sluice/lock)';
/** Makes this moment its deadline. */
const now = 'echo $(($(cut -d. -f1 /proc/uptime) * 100)) >deadline';
const noLock = 'while [ -e /var/lib/sluice/lock ]; do sleep 0.2; done';
const recordOf = (sandbox: Sandbox) => sandbox.sh('cat /var/lib/sluice/plays/edge');

describe.skipIf(missing !== undefined).concurrent.each(oneOrBoth)(
  `on the console of a gateway with $backend and $userland${missing === undefined ? '' : ` [SKIPPED: ${missing}]`}`,
  (options) => {
    it('lists the kept snapshots, and says how to restore one', async (context) => {
      const sandbox = await gateway(context, options);
      await keep(sandbox, 't1');
      await keep(sandbox, 't2', [desired(mangle('t2') + marked('t2')), desired(marked('t2'), 'ipv6')]);
      await sandbox.sh(
        'cd /var/lib/sluice/tx; for n in 1 2; do sed -i s/^since=.*/since=2026-01-01T00:00:0"$n"Z/ t$n/record; done',
      );
      await tryOut(sandbox, 't3', { owner: 'Jo \x1b[2J\\n@here' });
      const { code, printed } = await atConsole(sandbox, '').ended;
      expect(code).toBe(0);
      expect(printed).toMatch(
        /^sluice: Jo \[2J\\n@here holds the lock since .*transaction t3, applied, \d+ s left\)\n/,
      );
      expect(printed).toContain('\nt3\n    applied; begun ');
      expect(printed).toContain(`
t2
    confirmed, current; begun 2026-01-01T00:00:02Z by me@here
    play edge: ipv4 mangle filter, ipv6 filter
t1
    confirmed; begun 2026-01-01T00:00:01Z by me@here
    play edge: ipv4 filter

usage: sh /var/lib/sluice/sluice.sh [list]
       sh /var/lib/sluice/sluice.sh restore TOKEN    puts back what was before that transaction
`);
      expect(await atConsole(sandbox, 'list').ended).toMatchObject({ code: 0 });
      expect(await atConsole(sandbox, 'remove everything').ended).toMatchObject({
        code: 1,
        printed: 'usage: sh /var/lib/sluice/sluice.sh [list | restore TOKEN]\n',
      });
      expect(await atConsole(sandbox, 'restore ../plays').ended).toMatchObject({ code: 1 });
    });

    it('restores what was before a transaction, when the person types keep; and back again', async (context) => {
      const sandbox = await gateway(context, options);
      await keep(sandbox, 't1');
      await keep(sandbox, 't2');
      const person = atConsole(sandbox, 'restore t2');
      await person.shows('unless you type: keep');
      expect(await marksOf(sandbox)).toEqual(['t1']);
      person.type('kep\n');
      await person.shows('Type keep, or back.');
      person.type('keep\n');
      const { code, printed } = await person.ended;
      expect(printed).not.toContain('are no longer');
      expect(printed).not.toContain('over SSH');
      expect(code).toBe(0);
      const [, token = ''] = /The way back: sh \S+ restore (console-\S+)/.exec(printed) ?? [];
      expect(await recordOf(sandbox)).toBe('t1\n');
      await sandbox.sh(noLock);

      const again = atConsole(sandbox, `restore ${token}`);
      await again.shows('unless you type: keep');
      expect(await marksOf(sandbox)).toEqual(['t2']);
      again.type('keep\n');
      expect(await again.ended).toMatchObject({ code: 0 });
      // The next boot brings it, and the next run knows it for its own.
      expect(await recordOf(sandbox)).toBe('t2\n');
    });

    it('the way back from before the first one puts the play in charge again', async (context) => {
      const sandbox = await gateway(context, options);
      await keep(sandbox, 't1');
      await keep(sandbox, 't2');
      let undone = 't1';
      for (const [marks, records] of [
        [[], ''],
        [['t2'], 'plays t2\nfirst t1\n'],
        [[], ''],
      ] as const) {
        const person = atConsole(sandbox, `restore ${undone}`);
        await person.shows('unless you type: keep');
        expect(await marksOf(sandbox)).toEqual(marks);
        person.type('keep\n');
        const { printed } = await person.ended;
        undone = /The way back: sh \S+ restore (console-\S+)/.exec(printed)?.[1] ?? '';
        await sandbox.sh(noLock);
        expect(
          await sandbox.sh(
            'cd /var/lib/sluice; for n in plays first; do [ ! -e $n/edge ] || echo $n $(cat $n/edge); done',
          ),
        ).toBe(records);
      }
    });

    it('restores an older one over later ones, with what those took on beside', async (context) => {
      const sandbox = await gateway(context, options);
      await sandbox.sh(
        'iptables-restore; ip6tables -A INPUT -m comment --comment own -j ACCEPT',
        mangle('foreign'),
      );
      await keep(sandbox, 't1');
      await keep(sandbox, 't2');
      await keep(sandbox, 't3', [desired(mangle('t3') + marked('t3')), desired(marked('t3'), 'ipv6')]);
      await keep(sandbox, 't4');
      const person = atConsole(sandbox, 'restore t2');
      await person.shows('unless you type: keep');
      person.type('keep\n');
      const { printed } = await person.ended;
      expect(printed).toContain(
        'the rules are no longer as transaction t2 left them\nThey are replaced all the same.',
      );
      expect(await marksOf(sandbox)).toEqual(expect.arrayContaining(['foreign', 't1']));
      expect(await marksOf(sandbox)).toHaveLength(2);
      expect(await marksOf(sandbox, 'ipv6')).toEqual(['own']);
      expect(await recordOf(sandbox)).toBe('t1\n');
    });

    it('takes its restore back when the person says back, interrupts, or has no stdin', async (context) => {
      const sandbox = await gateway(context, options);
      await keep(sandbox, 't1');
      for (const end of ['back', 'INT', 'EOF']) {
        const person = atConsole(sandbox, 'restore t1');
        await person.shows('unless you type: keep');
        expect(await marksOf(sandbox)).toEqual([]);
        if (end === 'back') person.type('back\n');
        if (end === 'INT') await person.signal('INT');
        if (end === 'EOF') person.leave();
        expect(await person.ended).toMatchObject({
          code: 1,
          printed: expect.stringContaining(
            'Taken back (not kept on the console): the rules are as they were before this restore.\n',
          ),
        });
        expect(await marksOf(sandbox)).toEqual(['t1']);
        await sandbox.sh(noLock);
        expect(await sandbox.sh(`${newest}; cat rolled_back_by`)).toBe('a person on the console\n');
      }
      expect(await recordOf(sandbox)).toBe('t1\n');
    });

    it('is taken back by the gateway when the terminal dies, or nobody answers', async (context) => {
      const sandbox = await gateway(context, options);
      await keep(sandbox, 't1');
      const person = atConsole(sandbox, 'restore t1');
      await person.shows('unless you type: keep');
      await person.signal('KILL');
      await sandbox.sh(`${underWay}; ${now}; until [ -e state.rolled_back ]; do sleep 0.2; done`);
      expect(await marksOf(sandbox)).toEqual(['t1']);
      await sandbox.sh(noLock);

      const silent = atConsole(sandbox, 'restore t1');
      await silent.shows('unless you type: keep');
      await sandbox.sh(`${underWay}; ${now}`);
      expect(await silent.ended).toMatchObject({
        code: 1,
        printed: expect.stringContaining('Taken back (no confirm before the deadline)'),
      });
      expect(await marksOf(sandbox)).toEqual(['t1']);
    });

    it('leaves no trace when it is interrupted before anything is armed', async (context) => {
      const sandbox = await gateway(context, options);
      await keep(sandbox, 't1');
      await sandbox.sh(
        'mkdir /run/sbin && cp -a /usr/sbin/*tables* /run/sbin/ && mount --bind /run/sbin /usr/sbin && rm /usr/sbin/iptables-save && mkfifo /run/hold && printf "#!/bin/sh\necho >/run/held; read _ </run/hold\n" >/usr/sbin/iptables-save && chmod +x /usr/sbin/iptables-save',
      );
      const person = atConsole(sandbox, 'restore t1');
      await sandbox.sh('until [ -e /run/held ]; do sleep 0.2; done');
      await person.signal('INT');
      await sandbox.sh('echo >/run/hold');
      expect(await person.ended).toMatchObject({ code: 130 });
      await sandbox.sh('[ ! -e /var/lib/sluice/lock ]; ! ls -d /var/lib/sluice/tx/console-*');
    });

    it('takes back a trial that is under way, also when runner and guard are dead', async (context) => {
      const sandbox = await gateway(context, options);
      await tryOut(sandbox, 't1');
      expect(await atConsole(sandbox, 'restore t1').ended).toMatchObject({
        code: 0,
        printed: 'Transaction t1 is applied: it is taken back.\nIt is rolled_back.\n',
      });
      await sandbox.sh(noLock);
      await tryOut(sandbox, 't2');
      await sandbox.sh(killedBoth('t2'));
      expect(await atConsole(sandbox, 'restore t2').ended).toMatchObject({ code: 0 });
      expect(await marksOf(sandbox)).toEqual([]);
    });

    it('restores the snapshot of a rollback that failed, and warns who comes over SSH', async (context) => {
      const sandbox = await gateway(context, options);
      await tryOut(sandbox, 't1');
      await sandbox.sh(killedBoth('t1'));
      await sandbox.sh('cd /var/lib/sluice; mv tx/t1/state.applied tx/t1/state.rollback_failed; rm lock');
      const person = atConsole(sandbox, 'restore t1', { SSH_CONNECTION: '192.0.2.1 5 192.0.2.2 22' });
      await person.shows('try a new login before you keep it');
      person.type('keep\n');
      expect(await person.ended).toMatchObject({ code: 0 });
      expect(await marksOf(sandbox)).toEqual([]);
      await sandbox.sh('[ ! -e /var/lib/sluice/plays/edge ]');
    });

    it('waits for no one: who holds the gateway is named', async (context) => {
      const sandbox = await gateway(context, options);
      await keep(sandbox, 't1');
      const request = {
        token: 't2',
        play: 'edge',
        owner: 'other@there',
        confirmWithinSeconds: 60,
        desired: desiredState([desired(marked('t2'))]),
      };
      const prepared = await beginTransaction(sandbox.connect(), scripts, request);
      expect(prepared.kind).toBe('prepared');
      expect(await atConsole(sandbox, 'restore t1').ended).toMatchObject({
        code: 1,
        printed: expect.stringMatching(
          /^sluice: other@there holds the lock since [\s\S]*Nothing was changed\.\n$/,
        ),
      });
    });
  },
);
