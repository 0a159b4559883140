import { expect, it } from 'vitest';
import { rollbackTransaction, transactionStatus } from '../../src/gateway/transaction.ts';
import { desiredRuleset, desiredState } from './desired.ts';
import { killed } from './processes.ts';
import { createSandbox, sandboxMissing } from './sandbox.ts';
import { begin, filter, scripts } from './transactions.ts';

const missing = sandboxMissing();

it.skipIf(missing !== undefined)(
  `the guard frees the lock when the runner dies between its end and the lock${missing === undefined ? '' : ` [SKIPPED: ${missing}]`}`,
  async ({ onTestFinished }) => {
    const sandbox = await createSandbox({ backend: 'nft', userland: 'debian' });
    onTestFinished(() => sandbox.dispose());
    const prepared = await begin(
      sandbox,
      't1',
      desiredState([desiredRuleset(filter('-A INPUT -p udp -j DROP'))]),
    );
    expect(await prepared.go()).toMatchObject({ state: 'applied' });
    await sandbox.sh(
      'cp /usr/bin/rm /run/rm && cat >/run/stopping-rm && chmod +x /run/stopping-rm && mount --bind /run/stopping-rm /usr/bin/rm',
      '#!/bin/sh\ncase "$*" in "-f /var/lib/sluice/lock") [ -e /run/stopped ] || { >/run/stopped; exec sleep 600; } ;; esac\nexec /run/rm "$@"\n',
    );
    const back = rollbackTransaction(sandbox.connect(), scripts, 't1', 'told to');
    await sandbox.sh(`until [ -e /run/stopped ]; do sleep 0.2; done; ${killed('t1', 'runner')}`);
    expect(await back).toMatchObject({ state: 'rolled_back' });
    await sandbox.sh('while [ -e /var/lib/sluice/lock ]; do sleep 0.2; done');
  },
);

it.skipIf(missing !== undefined)(
  `whoever asks after a session that died before anything was armed is told so at once${missing === undefined ? '' : ` [SKIPPED: ${missing}]`}`,
  async ({ onTestFinished }) => {
    const sandbox = await createSandbox({ backend: 'nft', userland: 'debian' });
    onTestFinished(() => sandbox.dispose());
    const wanted = desiredState([desiredRuleset(filter('-A INPUT -p udp -j DROP'))]);
    const ask = () => transactionStatus(sandbox.connect(), scripts, 't1');
    await begin(sandbox, 't1', wanted);
    expect(await ask()).toMatchObject({ state: 'prepared' });
    await sandbox.sh(killed('t1', 'begin'));
    expect(await ask()).toMatchObject({ state: 'cancelled' });
    const next = await begin(sandbox, 't2', wanted);
    expect(await next.go()).toMatchObject({ state: 'applied' });
  },
);

it.skipIf(missing !== undefined)(
  `what is only prepared is called off on request: the word to apply comes too late then${missing === undefined ? '' : ` [SKIPPED: ${missing}]`}`,
  async ({ onTestFinished }) => {
    const sandbox = await createSandbox({ backend: 'nft', userland: 'debian' });
    onTestFinished(() => sandbox.dispose());
    const wanted = desiredState([desiredRuleset(filter('-A INPUT -p udp -j DROP'))]);
    const first = await begin(sandbox, 't1', wanted);
    expect(await rollbackTransaction(sandbox.connect(), scripts, 't1', 'told to')).toMatchObject({
      state: 'cancelled',
    });
    const next = await begin(sandbox, 't2', wanted);
    expect(await first.go()).toMatchObject({ kind: 'refused', refusals: [{ code: 'taken-over' }] });
    expect(await next.go()).toMatchObject({ state: 'applied' });
  },
);
