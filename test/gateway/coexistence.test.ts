import { describe, expect, it, type TestContext } from 'vitest';
import { rollbackTransaction } from '../../src/gateway/transaction.ts';
import type { DesiredState, Scope } from '../../src/ruleset/model.ts';
import { desiredRuleset, desiredState } from './desired.ts';
import { createSandbox, type Sandbox, type SandboxOptions, sandboxMissing } from './sandbox.ts';
import { begin, confirmed, filter, scripts, undone } from './transactions.ts';

const missing = sandboxMissing();

/** What other tools have on the gateway: a jail of fail2ban's, Docker's chains, and a rule that nobody knows. */
const others = `*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER-USER - [0:0]
:DOCKER - [0:0]
:f2b-sshd - [0:0]
-A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd
-A FORWARD -j DOCKER-USER
-A FORWARD -o docker0 -j DOCKER
-A DOCKER-USER -j RETURN
-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
-A f2b-sshd -s 192.0.2.1/32 -j REJECT --reject-with icmp-port-unreachable
-A f2b-sshd -j RETURN
COMMIT
`;

const keep: Scope = { kind: 'tables', keep: ['DOCKER*', 'f2b-*'] };
const chains: Scope = {
  kind: 'chains',
  prefix: 'EDGE-',
  mark: 'sluice:edge',
  jumps: [{ table: 'filter', chain: 'FORWARD', at: 'after', anchor: 'DOCKER-USER' }],
};

function own(...rules: string[]): string {
  const jump = '-m comment --comment "sluice:edge"';
  return `*filter
:EDGE-IN - [0:0]
:EDGE-FWD - [0:0]
-A INPUT ${jump} -p tcp -j EDGE-IN
-A FORWARD ${jump} -j EDGE-FWD
${rules.map((rule) => `-A EDGE-IN ${rule}\n`).join('')}-A EDGE-FWD -d 198.51.100.7/32 -j DROP
COMMIT
`;
}

const shapes: readonly { readonly name: string; readonly desired: (...rules: string[]) => DesiredState }[] = [
  {
    name: 'keep',
    desired: (...rules) =>
      desiredState([desiredRuleset(filter(...rules.map((rule) => `-A INPUT ${rule}`)))], { scope: keep }),
  },
  {
    name: 'scope: chains',
    desired: (...rules) => desiredState([desiredRuleset(own(...rules))], { scope: chains }),
  },
];

const gateways: readonly SandboxOptions[] = [
  { backend: 'nft', userland: 'debian' },
  { backend: 'legacy', userland: 'busybox' },
];

const ban = (sandbox: Sandbox, address: string) =>
  sandbox.sh(`iptables -w -I f2b-sshd 1 -s ${address} -j REJECT`);
const saved = async (sandbox: Sandbox) =>
  (await sandbox.sh('iptables-save')).replace(/^#.*\n/gm, '').replace(/ \[\d+:\d+\]$/gm, '');
/** The lines of others alone. */
const foreign = (save: string) =>
  save
    .split('\n')
    .filter((line) => /f2b-sshd|DOCKER/.test(line))
    .join('\n');

describe
  .skipIf(missing !== undefined)
  .concurrent.each(gateways.flatMap((gateway) => shapes.map((shape) => ({ ...gateway, ...shape }))))(
  `beside other tools, by $name, with $backend and $userland${missing === undefined ? '' : ` [SKIPPED: ${missing}]`}`,
  ({ desired, ...options }) => {
    async function gateway({ onTestFinished }: TestContext): Promise<Sandbox> {
      const sandbox = await createSandbox(options);
      onTestFinished(() => sandbox.dispose());
      await sandbox.sh('iptables-restore', others);
      return sandbox;
    }

    it('what others have stays as it is through an apply, and a rollback gives back the very text', async (context) => {
      const sandbox = await gateway(context);
      const before = await saved(sandbox);
      const prepared = await begin(sandbox, 't1', desired('-p tcp --dport 22 -j ACCEPT', '-p udp -j DROP'));
      expect(await prepared.go()).toMatchObject({ state: 'applied' });
      const during = await saved(sandbox);
      expect(during).toContain('--dport 22 -j ACCEPT');
      expect(foreign(during)).toBe(foreign(before));
      expect(await rollbackTransaction(sandbox.connect(), scripts, 't1', 'told to')).toMatchObject({
        state: 'rolled_back',
      });
      expect(await saved(sandbox)).toBe(before);
    });

    it('a ban during the trial stays, whichever end that has', async (context) => {
      const sandbox = await gateway(context);
      await confirmed(sandbox, 't1', desired('-p tcp --dport 22 -j ACCEPT'));
      const first = await saved(sandbox);
      const prepared = await begin(sandbox, 't2', desired('-p tcp --dport 23 -j ACCEPT'));
      await ban(sandbox, '192.0.2.7');
      expect(await prepared.go()).toMatchObject({ state: 'applied' });
      await ban(sandbox, '192.0.2.8');
      expect(await rollbackTransaction(sandbox.connect(), scripts, 't2', 'told to')).toMatchObject({
        state: 'rolled_back',
      });
      const after = await saved(sandbox);
      expect(
        after
          .split('\n')
          .filter((line) => !/192.0.2.[78]/.test(line))
          .join('\n'),
      ).toBe(first);
      expect(after).toMatch(/192.0.2.8[\s\S]*192.0.2.7/);
    });

    it('an undo takes back what is ours alone', async (context) => {
      const sandbox = await gateway(context);
      const before = await saved(sandbox);
      await confirmed(sandbox, 't1', desired('-p tcp --dport 22 -j ACCEPT'));
      await ban(sandbox, '192.0.2.7');
      await undone(sandbox, 'u1', 't1');
      const after = await saved(sandbox);
      expect(
        after
          .split('\n')
          .filter((line) => !/192.0.2.7/.test(line))
          .join('\n'),
      ).toBe(before);
      expect(after).toContain('192.0.2.7');
    });
  },
);
