import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inspectGateway } from '../../src/gateway/transaction.ts';
import { loadGatewayScripts } from '../../src/project/scripts.ts';
import { createSandbox, type Sandbox, sandboxMissing } from './sandbox.ts';

const missing = sandboxMissing();
const text = '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -s 10.0.0.1 -j ACCEPT\nCOMMIT\n';
const ruleset = { family: 'ipv4' as const, text, tables: ['filter'], sources: [] };
const desired = { rulesets: [ruleset], sets: [], sysctls: [], persist: false, conntrack: 'leave' as const };

describe.skipIf(missing !== undefined)(`without unshare${missing ? ` (SKIPPED: ${missing})` : ''}`, () => {
  let gateway: Sandbox;
  beforeAll(async () => {
    gateway = await createSandbox({ backend: 'nft', userland: 'debian' });
    await gateway.sh('mount --bind /dev/null "$(command -v unshare)"');
  });
  afterAll(() => gateway?.dispose());

  const inspected = async () =>
    inspectGateway(gateway.connect(), await loadGatewayScripts(), 'edge', desired);

  test("busybox' own makes the namespace that rules are rehearsed in", async () => {
    const answer = await inspected();
    if (answer.kind !== 'inspected') throw new Error(JSON.stringify(answer));
    expect(answer.standing.families[0]?.canonical).toContain('-A INPUT -s 10.0.0.1/32 -j ACCEPT');
  });

  test('a gateway that has none either is refused, and told what is missing', async () => {
    await gateway.sh('mount --bind /dev/null "$(command -v busybox)"');
    expect(await inspected()).toMatchObject({
      kind: 'refused',
      refusals: [{ code: 'missing-tools', text: 'unshare' }],
    });
  });
});
