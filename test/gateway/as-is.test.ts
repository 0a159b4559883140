import { describe, expect, it } from 'vitest';
import {
  beginTransaction,
  confirmTransaction,
  inspectGateway,
  rollbackTransaction,
} from '../../src/gateway/transaction.ts';
import { desiredRuleset, desiredState } from './desired.ts';
import { others, shapes } from './neighbours.ts';
import { createSandbox, oneOrBoth, otherOrBoth, type Sandbox, sandboxMissing } from './sandbox.ts';
import { begin, confirmed, filter, ownTools, scripts } from './transactions.ts';

const missing = sandboxMissing();
const skipped = missing === undefined ? '' : ` [SKIPPED: ${missing}]`;
const ssh = '-p tcp --dport 22 -j ACCEPT';

const whole = {
  name: 'whole tables',
  desired: (...rules: string[]) =>
    desiredState([desiredRuleset(filter(...rules.map((rule) => `-A INPUT ${rule}`)))]),
};
const cases = [whole, ...shapes].flatMap((shape, at) =>
  (at === 1 ? otherOrBoth : oneOrBoth).map((options) => ({ ...shape, options, ...options })),
);

/** How often rules were loaded, wherever. */
async function counts(sandbox: Sandbox, backend: string) {
  await sandbox.sh(
    'rm /usr/sbin/iptables-restore; cat >/usr/sbin/iptables-restore; chmod +x /usr/sbin/iptables-restore',
    `#!/bin/sh\necho >>/run/loads\nexec /usr/sbin/iptables-${backend}-restore "$@"\n`,
  );
  return async () => {
    const count = await sandbox.sh('touch /run/loads; wc -l </run/loads; rm /run/loads');
    return Number(count);
  };
}

describe.skipIf(missing !== undefined).concurrent.each(cases)(
  `rules that stand as they are wanted, $name, with $backend and $userland${skipped}`,
  ({ name, desired, options }) => {
    it('are loaded nowhere but to compare them, until something is to be done', async ({
      onTestFinished,
    }) => {
      const sandbox = await createSandbox(options);
      onTestFinished(() => sandbox.dispose());
      await ownTools(sandbox);
      if (name !== whole.name) await sandbox.sh('iptables-restore -c', others);
      await confirmed(sandbox, 't1', desired(ssh));
      const loads = await counts(sandbox, options.backend);
      // A play that owns only chains has those of others beside it, empty.
      const toCompare = name === 'scope: chains' ? 2 : 1;

      const looked = await inspectGateway(sandbox.connect(), scripts, 'edge', desired(ssh));
      expect(looked).toMatchObject({ kind: 'inspected' });
      expect(await loads()).toBe(toCompare);
      await (await begin(sandbox, 't2', desired(ssh))).release();
      expect(await loads()).toBe(toCompare);

      const live = await sandbox.sh('iptables -S');
      const again = await begin(sandbox, 't3', desired(ssh));
      await loads();
      expect(await again.go()).toMatchObject({ state: 'applied' });
      // The way back was rehearsed, and only then the rules went live.
      expect(await loads()).toBeGreaterThan(2 * toCompare);
      const back = await rollbackTransaction(sandbox.connect(), scripts, 't3', 'told to');
      expect(back).toMatchObject({ state: 'rolled_back' });
      expect(await sandbox.sh('iptables -S')).toBe(live);
      await confirmed(sandbox, 't4', desired(ssh));
    });
  },
);

describe.skipIf(missing !== undefined)(`a table that holds what only nft can say${skipped}`, () => {
  const options = { backend: 'nft', userland: 'debian' } as const;
  const desired = whole.desired(ssh);

  it('is left alone while the rules are as wanted, and never replaced', async ({ onTestFinished }) => {
    const sandbox = await createSandbox(options);
    onTestFinished(() => sandbox.dispose());
    await confirmed(sandbox, 't1', desired);
    await sandbox.sh("nft add set ip filter seen '{ type ipv4_addr; }'");
    const live = await sandbox.sh('nft list ruleset');

    await (await begin(sandbox, 't2', desired)).release();
    const asked = await begin(sandbox, 't3', desired);
    await expect(asked.go()).resolves.toMatchObject({
      kind: 'refused',
      refusals: [{ code: 'snapshot-unfaithful' }],
    });
    const request = { token: 't4', play: 'edge', owner: 'me@here', confirmWithinSeconds: 60 };
    const changed = await beginTransaction(sandbox.connect(), scripts, {
      ...request,
      desired: whole.desired(ssh, '-j DROP'),
    });
    expect(changed).toMatchObject({ kind: 'refused', refusals: [{ code: 'snapshot-unfaithful' }] });
    expect(await sandbox.sh('nft list ruleset')).toBe(live);
    expect(await confirmTransaction(sandbox.connect(), scripts, 't3')).toMatchObject({ state: 'gone' });
  });
});
