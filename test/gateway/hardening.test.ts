import { describe, expect, it, type TestContext } from 'vitest';
import {
  beginTransaction,
  confirmTransaction,
  type Prepared,
  rollbackTransaction,
  type Trial,
  transactionStatus,
} from '../../src/gateway/transaction.ts';
import { loadGatewayScripts } from '../../src/project/scripts.ts';
import type { DesiredRuleset } from '../../src/ruleset/model.ts';
import { LocalRemote } from '../local-remote.ts';
import { desiredRuleset as desired, desiredState } from './desired.ts';
import { killed, killedBoth, signal } from './processes.ts';
import { createSandbox, otherOrBoth, type Sandbox, sandboxMissing } from './sandbox.ts';

const scripts = await loadGatewayScripts();
const missing = sandboxMissing();

const filter = (rules: string) =>
  `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${rules}COMMIT\n`;
const raw = '*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A PREROUTING -p udp -j DROP\nCOMMIT\n';
const old = filter('-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n');
const dropAll = filter('-A INPUT -j DROP\n');

/** In a wrapper: waits where it stands until the test says go on, the first time it comes by. */
const stop =
  'if mkdir /run/once 2>/dev/null; then echo $$ >/run/stopped; until [ -e /run/go-on ]; do sleep 0.2; done; fi';
const stopped = 'until [ -s /run/stopped ]; do sleep 0.2; done';
/** The state is final a moment before the lock is free. */
const unlocked = 'while [ -e /var/lib/sluice/lock ]; do sleep 0.2; done';
/** What iptables-restore is called with. */
const applying = '-w 10';
const restoring = '-c -w 10';

describe.skipIf(missing !== undefined).concurrent.each(otherOrBoth)(
  `a gateway with $backend and $userland stays whole${missing === undefined ? '' : ` [SKIPPED: ${missing}]`}`,
  (options) => {
    /** With rules that let the operator in, and tools that tests can replace. */
    async function gateway({ onTestFinished }: TestContext): Promise<Sandbox> {
      const sandbox = await createSandbox(options);
      onTestFinished(() => sandbox.dispose());
      await sandbox.sh(
        'mkdir /run/sbin && cp -a /usr/sbin/*tables* /run/sbin/ && mount --bind /run/sbin /usr/sbin',
      );
      await sandbox.sh('iptables-restore', old);
      return sandbox;
    }

    /** Puts sh text before a tool of the gateway; `$real` is the tool itself. */
    async function wrap(sandbox: Sandbox, tool: string, text: string): Promise<void> {
      const real = tool.endsWith('-restore')
        ? `/usr/sbin/${tool.replace('-', `-${options.backend}-`)}`
        : `/usr/bin/${tool}`;
      const script = `#!/bin/sh\nreal=${real}\n${text}\nexec $real "$@"\n`;
      await sandbox.sh(
        `cat >/run/wrapper && chmod +x /run/wrapper && mv /run/wrapper /usr/sbin/${tool}`,
        script,
      );
    }

    it('when an orphaned iptables-restore would commit after the rollback', async (context) => {
      const sandbox = await gateway(context);
      await wrap(sandbox, 'iptables-restore', `[ "$*" != '${applying}' ] || { ${stop}; }`);
      const going = (await begin(sandbox, 't1')).go();
      await sandbox.sh(`${stopped}; ${signal('KILL', 't1', 'runner')}`);
      expect(await going).toMatchObject({ state: 'rolled_back', reason: 'the runner died' });
      await sandbox.sh(
        'touch /run/go-on; pid=$(cat /run/stopped); while [ -e /proc/$pid ]; do sleep 0.2; done',
      );
      await isAsBefore(sandbox);
    });

    it('when the runner dies with one table of two committed', async (context) => {
      const sandbox = await gateway(context);
      const half = `{ sed '/^COMMIT/q' >/run/first; cat >/run/rest; $real -w 10 </run/first; ${stop}; exec $real -w 10 </run/rest; }`;
      await wrap(sandbox, 'iptables-restore', `[ "$*" != '${applying}' ] || ${half}`);
      const going = (await begin(sandbox, 't1', [desired(raw + dropAll)])).go();
      expect(
        await sandbox.sh(`${stopped}; iptables-save -t raw; ${signal('KILL', 't1', 'runner')}`),
      ).toContain('-j DROP');
      expect(await going).toMatchObject({ state: 'rolled_back' });
      await isAsBefore(sandbox);
    });

    it('when the runner dies before it applied anything', async (context) => {
      const sandbox = await gateway(context);
      await wrap(sandbox, 'setsid', `case "$*" in *guard*) ${stop} ;; esac`);
      const going = (await begin(sandbox, 't1')).go();
      await sandbox.sh(
        `until [ -s /var/lib/sluice/tx/t1/runner.id ]; do sleep 0.2; done; ${signal('KILL', 't1', 'runner')} touch /run/go-on`,
      );
      expect(await going).toMatchObject({ state: 'cancelled' });
      await isAsBefore(sandbox);
    });

    it('when the runner dies in a confirm, which its guard finishes', async (context) => {
      const sandbox = await gateway(context);
      await wrap(sandbox, 'mv', `case "$*" in *record.play*) ${stop} ;; esac`);
      await (await begin(sandbox, 't1')).go();
      const confirming = confirmTransaction(sandbox.connect(), scripts, 't1');
      await sandbox.sh(`${stopped}; ${signal('KILL', 't1', 'runner')}`);
      expect(await confirming).toMatchObject({ state: 'confirmed' });
      expect(await sandbox.sh(`${unlocked}; cat /var/lib/sluice/plays/edge; iptables-save`)).toMatch(
        /^t1\n[\s\S]*-A INPUT -j DROP/,
      );
    });

    it('when the runner dies in a rollback, which its guard finishes', async (context) => {
      const sandbox = await gateway(context);
      await wrap(sandbox, 'iptables-restore', `[ "$*" != '${restoring}' ] || { ${stop}; }`);
      await (await begin(sandbox, 't1')).go();
      const rollingBack = rollbackTransaction(sandbox.connect(), scripts, 't1', 'the site is down');
      await sandbox.sh(`${stopped}; ${signal('KILL', 't1', 'runner')}`);
      expect(await rollingBack).toMatchObject({
        state: 'rolled_back',
        reason: 'the site is down',
        rolledBackBy: expect.stringMatching(/^the guard/),
      });
      await isAsBefore(sandbox);
    });

    it('when the runner hangs past the deadline', async (context) => {
      const sandbox = await gateway(context);
      // Stopped as soon as it has applied, before its deadline can come.
      await wrap(
        sandbox,
        'mv',
        `case "$*" in *state.applying*state.applied) $real "$@"; ${signal('STOP', 't1', 'runner')} exit ;; esac`,
      );
      await (await begin(sandbox, 't1', undefined, 1)).go();
      expect(await final(sandbox, 't1')).toMatchObject({
        state: 'rolled_back',
        rolledBackBy: expect.stringMatching(/^the guard/),
      });
      await isAsBefore(sandbox);
    });

    it('when IPv6 is applied and IPv4 fails', async (context) => {
      const sandbox = await gateway(context);
      await wrap(
        sandbox,
        'iptables-restore',
        `[ "$*" != '${applying}' ] || { ip6tables-save >/run/seen; echo no memory >&2; exit 4; }`,
      );
      const prepared = await begin(sandbox, 't1', [desired(dropAll), desired(raw + dropAll, 'ipv6')]);
      expect(await prepared.go()).toMatchObject({
        state: 'rolled_back',
        reason: expect.stringMatching(/iptables-restore failed: no memory/),
      });
      expect(await sandbox.sh('cat /run/seen')).toContain('-A INPUT -j DROP');
      await isAsBefore(sandbox);
    });

    it('when it reboots during a trial, and then frees the lock', async (context) => {
      const sandbox = await gateway(context);
      await (await begin(sandbox, 't1')).go();
      await sandbox.sh(
        `${killedBoth('t1')} echo another >/run/boot_id; mount --bind /run/boot_id /proc/sys/kernel/random/boot_id; iptables-restore`,
        old,
      );
      expect(await transactionStatus(sandbox.connect(), scripts, 't1')).toMatchObject({
        state: 'lost_reboot',
      });
      await (await begin(sandbox, 't2')).release();
      expect(await sandbox.sh('ls /var/lib/sluice')).toBe('layout\nsluice.sh\ntx\n');
    });

    it('when a confirm and the deadline meet: one wins', async (context) => {
      const sandbox = await gateway(context);
      for (const [round, early] of [4, 1, -1, -4].entries()) {
        const token = `t${round}`;
        await (await begin(sandbox, token, undefined, 1)).go();
        const late = `until [ $(($(tr -d . </proc/uptime | cut -d' ' -f1) + ${early})) -ge $(cat /var/lib/sluice/tx/${token}/deadline) ]; do sleep 0.01; done;`;
        const ask = () =>
          confirmTransaction(
            new LocalRemote({ prefix: [...sandbox.prefix, '/bin/sh', '-c', `${late} exec "$@"`, 'sh'] }),
            scripts,
            token,
          );
        const answers = await Promise.all([ask(), ask(), ask()]);
        const ended = await final(sandbox, token);
        expect(['confirmed', 'rolled_back']).toContain(stateOf(ended));
        // What a confirm was told is what stands.
        for (const answer of answers) expect(stateOf(answer)).toBe(stateOf(ended));
        if (stateOf(ended) === 'confirmed') {
          expect(await sandbox.sh('iptables-save')).toContain('-A INPUT -j DROP');
          await sandbox.sh('iptables-restore', old);
        } else await isAsBefore(sandbox);
      }
    });

    it('when its holder is killed while it waits for the word', async (context) => {
      const sandbox = await gateway(context);
      await begin(sandbox, 't1');
      await sandbox.sh(killed('t1', 'begin'));
      await (await begin(sandbox, 't2')).release();
      await isAsBefore(sandbox);
      expect(await sandbox.sh('ls /var/lib/sluice')).toBe('layout\nsluice.sh\ntx\n');
    });

    it.each([
      ['is dead', ''],
      ['is dead, and its folder gone', 'rm -r /var/lib/sluice/tx/t1'],
      ['is of an earlier boot', 'echo earlier >/var/lib/sluice/tx/t1/boot'],
    ])('when several want a lock whose holder %s: one gets it', async (_what, text) => {
      // The context of it.each is not passed on.
      const sandbox = await createSandbox(options);
      try {
        await begin(sandbox, 't1');
        await sandbox.sh(`${killed('t1', 'begin')} ${text}`);
        const tokens = ['t2', 't3', 't4', 't5', 't6'];
        const answers = await Promise.all(
          tokens.map((token) => beginTransaction(sandbox.connect(), scripts, request(token))),
        );
        const [winner, ...others] = answers.filter((answer) => answer.kind === 'prepared');
        expect(others).toEqual([]);
        for (const answer of answers)
          if (answer !== winner)
            expect(answer).toMatchObject({ kind: 'refused', refusals: [{ code: 'locked' }] });
        expect(await winner?.go()).toMatchObject({ state: 'applied' });
      } finally {
        await sandbox.dispose();
      }
    });

    it('when the connection dies before the word is answered', async (context) => {
      const sandbox = await gateway(context);
      await wrap(sandbox, 'mv', `case "$*" in *state.armed) ${stop} ;; esac`);
      const connection = new LocalRemote({ prefix: sandbox.prefix, orphans: 'leave' });
      const going = (await begin(sandbox, 't1', undefined, 2, connection)).go();
      await sandbox.sh(stopped);
      connection.close();
      expect(await going).toMatchObject({ kind: 'lost' });
      await sandbox.sh('touch /run/go-on');
      expect(await final(sandbox, 't1')).toMatchObject({
        state: 'rolled_back',
        reason: 'no confirm before the deadline',
      });
      await isAsBefore(sandbox);
    });

    it('when the connection dies and SIGPIPE is ignored: the trial keeps its lock and its rollback', async (context) => {
      const sandbox = await gateway(context);
      await wrap(sandbox, 'iptables-restore', `[ "$*" != '${applying}' ] || { ${stop}; }`);
      const prefix = [...sandbox.prefix, '/bin/sh', '-c', 'trap "" PIPE; exec "$@"', 'sh'];
      const connection = new LocalRemote({ prefix, orphans: 'leave' });
      const going = (await begin(sandbox, 't1', undefined, 2, connection)).go();
      const holder = await sandbox.sh(
        `${stopped}; sed -n 's/^holder=\\([0-9]*\\):.*/\\1/p' /var/lib/sluice/lock`,
      );
      connection.close();
      await going;
      await sandbox.sh(`touch /run/go-on; while [ -e /proc/${holder.trim()} ]; do sleep 0.2; done`);
      expect(await final(sandbox, 't1')).toMatchObject({ state: 'rolled_back' });
      await isAsBefore(sandbox);
    });

    it('when neither runner nor guard can be started', async (context) => {
      const sandbox = await gateway(context);
      await wrap(sandbox, 'setsid', 'exit 1');
      expect(await (await begin(sandbox, 't1')).go()).toMatchObject({ state: 'cancelled' });
      await isAsBefore(sandbox);
      expect(await sandbox.sh('ls /var/lib/sluice')).toBe('layout\nsluice.sh\ntx\n');
    });

    it('when another run comes while runner and guard are coming up', async (context) => {
      const sandbox = await gateway(context);
      await wrap(
        sandbox,
        'setsid',
        `echo 0 >/var/lib/sluice/tx/t1/window; case "$*" in *guard*) ${stop} ;; *) until [ -e /run/go-on ]; do sleep 0.2; done ;; esac`,
      );
      const going = (await begin(sandbox, 't1')).go();
      await sandbox.sh(stopped);
      expect(await beginTransaction(sandbox.connect(), scripts, request('t2'))).toMatchObject({
        refusals: [{ code: 'locked', text: expect.stringMatching(/, armed, /) }],
      });
      await sandbox.sh('touch /run/go-on');
      expect(await going).toMatchObject({ state: 'applied' });
    });

    it('when the runner dies on a disk that is full', async (context) => {
      const sandbox = await gateway(context);
      await sandbox.sh('mkdir -p /var/lib/sluice && mount -t tmpfs -o size=1m tmpfs /var/lib/sluice');
      await (await begin(sandbox, 't1')).go();
      await sandbox.sh(
        `cat /dev/zero >/var/lib/sluice/ballast 2>/dev/null; ${signal('KILL', 't1', 'runner')}`,
      );
      expect(await final(sandbox, 't1')).toMatchObject({ state: 'rolled_back' });
      await isAsBefore(sandbox);
      await sandbox.sh(unlocked);
    });

    it('when the runner dies and no file can be renamed or linked', async (context) => {
      const sandbox = await gateway(context);
      await wrap(sandbox, 'mv', '[ ! -e /run/read-only ] || exit 1');
      await wrap(sandbox, 'ln', '[ ! -e /run/read-only ] || exit 1');
      await (await begin(sandbox, 't1')).go();
      await sandbox.sh(
        `touch /run/read-only; ${signal('KILL', 't1', 'runner')} while iptables-save | grep -q DROP; do sleep 0.2; done`,
      );
      await isAsBefore(sandbox);
    });

    it('when the snapshot cannot be restored for a while', async (context) => {
      const sandbox = await gateway(context);
      await wrap(
        sandbox,
        'iptables-restore',
        `[ "$*" != '${restoring}' ] || { echo x >>/run/tries; [ $(wc -l </run/tries) -gt 12 ] || exit 4; }`,
      );
      await (await begin(sandbox, 't1', undefined, 1)).go();
      expect(await final(sandbox, 't1')).toMatchObject({ state: 'rolled_back' });
      await isAsBefore(sandbox);
    });

    it('when runner and guard are dead and a rollback is asked for', async (context) => {
      const sandbox = await gateway(context);
      await (await begin(sandbox, 't1')).go();
      await sandbox.sh(killedBoth('t1'));
      expect(await rollbackTransaction(sandbox.connect(), scripts, 't1', 'by hand')).toMatchObject({
        state: 'rolled_back',
        reason: 'by hand',
      });
      await isAsBefore(sandbox);
    });

    it('when runner and guard are dead past the deadline and somebody asks how it stands', async (context) => {
      const sandbox = await gateway(context);
      await (await begin(sandbox, 't1')).go();
      await sandbox.sh(`${killedBoth('t1')} echo 1 >/var/lib/sluice/tx/t1/deadline`);
      expect(await transactionStatus(sandbox.connect(), scripts, 't1')).toMatchObject({
        state: 'rolled_back',
        rolledBackBy: 'a later run, as runner and guard were dead',
      });
      await isAsBefore(sandbox);
    });

    it('and kills nobody who has the number of a dead runner', async (context) => {
      const sandbox = await gateway(context);
      await (await begin(sandbox, 't1')).go();
      const other = await sandbox.sh(`${killedBoth('t1')} setsid sleep 1000 >/dev/null 2>&1 & echo $!`);
      await sandbox.sh(`echo ${other.trim()}:1 >/var/lib/sluice/tx/t1/runner.id`);
      await (await begin(sandbox, 't2')).release();
      await sandbox.sh(`kill -0 ${other.trim()}`);
      await isAsBefore(sandbox);
    });

    it('when a second runner is started', async (context) => {
      const sandbox = await gateway(context);
      await (await begin(sandbox, 't1')).go();
      const who = 'cat /var/lib/sluice/tx/t1/runner.id';
      const first = await sandbox.sh(who);
      expect(
        await sandbox.sh(`/bin/sh /var/lib/sluice/tx/t1/sluice.sh '' runner t1 2>/dev/null || ${who}`),
      ).toBe(first);
      expect(await confirmTransaction(sandbox.connect(), scripts, 't1')).toMatchObject({
        state: 'confirmed',
      });
    });
  },
);

function request(token: string, rulesets: readonly DesiredRuleset[] = [desired(dropAll)], seconds = 60) {
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
  rulesets?: readonly DesiredRuleset[],
  seconds?: number,
  connection = sandbox.connect(),
): Promise<Prepared> {
  const prepared = await beginTransaction(connection, scripts, request(token, rulesets, seconds));
  if (prepared.kind !== 'prepared') throw new Error(JSON.stringify(prepared));
  return prepared;
}

/** Asks until the transaction is at its end; the test's own time-out is the bound. */
async function final(sandbox: Sandbox, token: string): Promise<Trial> {
  for (;;) {
    const trial = await transactionStatus(sandbox.connect(), scripts, token);
    if (!['prepared', 'armed', 'applying', 'applied', 'confirming', 'rolling'].includes(stateOf(trial)))
      return trial;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function stateOf(trial: Trial): string {
  return trial.kind === 'state' ? trial.state : trial.kind;
}

/** The rules that `gateway` put there, and nothing else, in both families. */
async function isAsBefore(sandbox: Sandbox): Promise<void> {
  const text = await sandbox.sh('iptables-save; ip6tables-save');
  expect(text.match(/^-A.*|^:.* DROP.*/gm)).toEqual(['-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT']);
}
