import { describe, expect, it, type TestContext } from 'vitest';
import { rollbackTransaction } from '../../src/gateway/transaction.ts';
import { ban, others, saved, shapes } from './neighbours.ts';
import { createSandbox, type Sandbox, type SandboxOptions, sandboxMissing } from './sandbox.ts';
import { begin, confirmed, scripts, undone } from './transactions.ts';

const missing = sandboxMissing();

const gateways: readonly SandboxOptions[] = [
  { backend: 'nft', userland: 'debian' },
  { backend: 'legacy', userland: 'busybox' },
];

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
