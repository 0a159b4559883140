import { describe, expect, it, type TestContext } from 'vitest';
import { beginTransaction, rollbackTransaction } from '../../src/gateway/transaction.ts';
import type { DesiredState, Scope } from '../../src/ruleset/model.ts';
import { desiredRuleset, desiredState } from './desired.ts';
import { ban, chains, keep, others, own, saved, shapes } from './neighbours.ts';
import {
  createSandbox,
  oneOrBoth,
  otherOrBoth,
  type Sandbox,
  type SandboxOptions,
  sandboxMissing,
} from './sandbox.ts';
import { begin, confirmed, filter, ownTools, scripts, systemdInit } from './transactions.ts';

const missing = sandboxMissing();
const skipped = missing === undefined ? '' : ` [SKIPPED: ${missing}]`;
const rest: DesiredState = desiredState([]);
const ssh = '-p tcp --dport 22 -j ACCEPT';

async function beside(
  options: (typeof oneOrBoth)[number],
  { onTestFinished }: TestContext,
): Promise<Sandbox> {
  const sandbox = await createSandbox(options);
  onTestFinished(() => sandbox.dispose());
  await ownTools(sandbox);
  await sandbox.sh(options.userland === 'busybox' ? OPENRC : systemdInit);
  await sandbox.sh('iptables-restore -c', others);
  return sandbox;
}

/** What a gateway that OpenRC starts has. */
const OPENRC = 'printf "#!/bin/sh\\n" >/usr/sbin/rc-update; chmod +x /usr/sbin/rc-update';

const boot = (sandbox: Sandbox) => sandbox.sh("sh /var/lib/sluice/sluice.sh '' boot");
const refusals = async (sandbox: Sandbox, token: string, desired: DesiredState) => {
  const request = { token, play: 'edge', owner: 'me@here', confirmWithinSeconds: 60, desired };
  const answer = await beginTransaction(sandbox.connect(), scripts, request);
  return answer.kind === 'refused' ? answer.refusals : answer;
};

/** One shape with one backend, or each with each. */
const cases = shapes.flatMap((shape, at) =>
  (at === 0 ? oneOrBoth : otherOrBoth).map((options) => ({ ...shape, options, ...options })),
);

describe.skipIf(missing !== undefined).concurrent.each(cases)(
  `what is ours beside others, by $name, with $backend and $userland${skipped}`,
  ({ name, desired, options }) => {
    it('comes back at boot, before the others and after them, and goes with a play that wants nothing', async (context) => {
      const sandbox = await beside(options, context);
      const before = await saved(sandbox);
      await confirmed(sandbox, 't1', { ...desired(ssh), persist: true });
      const live = await saved(sandbox);

      await sandbox.sh('iptables -F; iptables -X; iptables -P FORWARD ACCEPT');
      await boot(sandbox);
      expect(await sandbox.sh('iptables -S')).toContain('--dport 22 -j ACCEPT');
      // The others start, each in its way: here all over everything.
      await sandbox.sh('iptables-restore', others);
      await boot(sandbox);
      expect(await saved(sandbox)).toBe(live);

      await confirmed(sandbox, 't2', rest);
      const ours = name === 'keep' ? '' : before;
      expect(
        (await saved(sandbox)).split('\n').filter((line) => /EDGE|--dport 22 -j ACCEPT/.test(line)),
      ).toEqual([]);
      if (ours !== '') expect(await saved(sandbox)).toBe(ours);
      await boot(sandbox);
      expect(await sandbox.sh('iptables -S')).not.toContain('--dport 22 -j ACCEPT');
    });

    it('is not taken for something else: a scope that changed, a chain that is missing', async (context) => {
      const sandbox = await beside(options, context);
      await confirmed(sandbox, 't1', desired(ssh));
      const live = await saved(sandbox);
      const other = shapes.find((shape) => shape.name !== name)?.desired(ssh) ?? rest;
      expect(await refusals(sandbox, 't2', other)).toMatchObject([{ code: 'scope-changed' }]);
      const [jump] = chains.kind === 'chains' ? chains.jumps : [];
      const nowhere = { ...chains, jumps: [{ ...jump, anchor: 'NOPE' }] } as Scope;
      if (name !== 'keep')
        expect(
          await refusals(sandbox, 't3', desiredState([desiredRuleset(own(ssh))], { scope: nowhere })),
        ).toMatchObject([{ code: 'anchor-missing', text: expect.stringContaining('NOPE') }]);
      expect(await saved(sandbox)).toBe(live);
    });
  },
);

/** As it is written by hand: the words that iptables-save has for it are not those of any rule to `iptables -D`. */
const byHand = (sandbox: Sandbox) =>
  sandbox.sh('iptables -A INPUT -p tcp --dport 22 -m recent --set --name ssh');

/** An iptables that finds no rule by its words. */
const findsNone = async (sandbox: Sandbox, { backend }: SandboxOptions) =>
  sandbox.sh(
    'rm /usr/sbin/iptables-restore; cat >/usr/sbin/iptables-restore; chmod +x /usr/sbin/iptables-restore',
    `#!/bin/sh
text=$(cat)
printf '%s\n' "$text" | grep -q '^-D ' && { echo 'Bad rule (does a matching rule exist in that chain?)' >&2; exit 1; }
printf '%s\n' "$text" | exec /usr/sbin/iptables-${backend}-restore "$@"
`,
  );

describe.skipIf(missing !== undefined).concurrent.each(oneOrBoth)(
  `rules that -D does not find, in a chain with those of others, with $backend and $userland${skipped}`,
  (options) => {
    const wants = (...rules: string[]) =>
      desiredState([desiredRuleset(filter(...rules.map((rule) => `-A INPUT ${rule}`)))], { scope: keep });
    const counted = others.replace(/^-A/gm, '[0:0] -A').replace('[0:0] -A INPUT', '[7:420] -A INPUT');
    const bytes = async (sandbox: Sandbox) => (await sandbox.sh('iptables-save -c')).replace(/^#.*\n/gm, '');

    it.each([
      ['as the rehearsal shows', findsNone],
      ['as only the live rules show', byHand],
    ] as const)('are taken out by filling the chain anew, in one commit: %s', async (_when, prepare) => {
      const sandbox = await createSandbox(options);
      try {
        await ownTools(sandbox);
        await sandbox.sh('iptables-restore -c', counted);
        await sandbox.sh('iptables -A INPUT -p udp -j ACCEPT');
        await prepare(sandbox, options);
        const before = await bytes(sandbox);
        const prepared = await begin(sandbox, 't1', wants(ssh));
        expect(await prepared.go()).toMatchObject({ state: 'applied' });
        const during = await bytes(sandbox);
        expect(during).toContain('[7:420] -A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd\n');
        expect(during.match(/-A INPUT/g)).toHaveLength(2);
        await ban(sandbox, '192.0.2.7');
        expect(await rollbackTransaction(sandbox.connect(), scripts, 't1', 'told to')).toMatchObject({
          state: 'rolled_back',
        });
        const after = await bytes(sandbox);
        expect(after.replace(/^.*192\.0\.2\.7.*\n/m, '')).toBe(before);
        expect(after).toContain('192.0.2.7');
        const patch = await sandbox.sh('cat /var/lib/sluice/tx/t1/patch.ipv4');
        if (prepare === findsNone) {
          expect(patch).toMatch(/^-F INPUT$/m);
          expect(patch.match(/^COMMIT$/gm)).toHaveLength(1);
        }
      } finally {
        await sandbox.dispose();
      }
    });
  },
);

describe.skipIf(missing !== undefined).concurrent.each(oneOrBoth)(
  `chains of others that ours jump to, in both families, with $backend and $userland${skipped}`,
  (options) => {
    it('stand beside in each family as they stand there', async ({ onTestFinished }) => {
      const sandbox = await createSandbox(options);
      onTestFinished(() => sandbox.dispose());
      const theirs = (chain: string) =>
        filter(`-A ${chain} -j RETURN`).replace('\n-A', `\n:${chain} - [0:0]\n-A`);
      await sandbox.sh('iptables-restore', theirs('DOCKER-USER'));
      await sandbox.sh('ip6tables-restore', theirs('SIXTH'));
      const to = (chain: string) => `*filter\n:EDGE-FWD - [0:0]\n-A EDGE-FWD -j ${chain}\nCOMMIT\n`;
      const scope = { ...chains, jumps: [] } as Scope;
      const rulesets = [desiredRuleset(to('DOCKER-USER')), desiredRuleset(to('SIXTH'), 'ipv6')];
      await confirmed(sandbox, 't1', desiredState(rulesets, { scope }));
      expect(await sandbox.sh('iptables -S EDGE-FWD')).toContain('-j DOCKER-USER');
      expect(await sandbox.sh('ip6tables -S EDGE-FWD')).toContain('-j SIXTH');
    });
  },
);
