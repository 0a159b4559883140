import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootedMissing, bootWorld } from './booted.ts';
import { formatReport, runAll } from './campaign.ts';
import type { FaultName } from './faults/names.ts';
import { type ChaosGateway, inside, must } from './gateway.ts';
import { processesBelow } from './processes.ts';
import { runScenario } from './run.ts';
import { formatScenario, type Scenario, scenarioOf } from './scenario.ts';
import { poll } from './stage.ts';
import type { World } from './world.ts';

/** What is injected where init is a systemd: what hits the processes that are units there. The lab has the rest. */
const FAULTS: readonly FaultName[] = [
  'controller-kill',
  'session-kill',
  'runner-kill',
  'guard-kill',
  'both-kill',
  'runner-stop',
  'both-stop',
  'restore-kill',
  'link-down',
  'second-run',
  'late-confirm',
  'xtables-lock',
];

const APPLIED = { kind: 'state', name: 'applied' } as const;

/** Here a session of its own (setsid) is no shelter: what an ordinary login started is killed at its end. */
async function logsOutWithItsProcesses(
  { keyFile, knownHostsFile }: World,
  gateway: ChaosGateway,
): Promise<void> {
  const options = ['BatchMode=yes', `UserKnownHostsFile=${knownHostsFile}`, `IdentityFile=${keyFile}`];
  const ssh = [
    'ssh',
    '-F',
    'none',
    ...options.flatMap((option) => ['-o', option]),
    `operator@${gateway.address}`,
  ];
  await must([...gateway.controller, ...ssh, 'setsid sleep 4321 </dev/null >/dev/null 2>&1 & sleep 1']);
  const isGone = () => processesBelow(gateway.pid).every(({ argv }) => argv.join(' ') !== 'sleep 4321');
  expect(await poll(() => (isGone() ? true : undefined), 60_000, 100)).toBe(true);
}

const missing = bootedMissing();
const name = 'a booted Debian under faults';

describe.skipIf(missing !== undefined).each(['nft', 'legacy'] as const)(
  `${name}, with iptables-%s${missing === undefined ? '' : ` [SKIPPED: ${missing}]`}`,
  (backend) => {
    let world: World;
    const evidence = mkdtempSync(join(tmpdir(), 'sluice-booted-evidence-'));
    beforeAll(async () => {
      world = await bootWorld(backend);
    }, 900_000);
    afterAll(() => world?.down());
    const gateway = () => world.gateways[0] ?? expect.fail('nothing is booted');

    it('survives KillUserProcesses: the end of a login takes neither runner nor guard', async () => {
      await logsOutWithItsProcesses(world, gateway());
      const scenario: Scenario = {
        ...scenarioOf(0, { backend, user: 'operator', change: 'check-slow' }),
        before: 'foreign',
        faults: [{ name: 'controller-kill', step: APPLIED, delayMs: 200, forMs: 0, salt: 0 }],
      };
      const units = inside(
        gateway(),
        `until units=$(systemctl list-units --plain --no-legend 'sluice-*-*') && [ "$(echo "$units" | wc -l)" = 2 ]
         do sleep 0.1; done; echo "$units"`,
      );
      const folder = join(evidence, 'kill-user-processes');
      const [result, listed] = await Promise.all([runScenario(world, gateway(), scenario, folder), units]);
      expect(listed).toMatch(/^sluice-guard-.*\nsluice-runner-.*\n$/);
      expect(result.problems).toEqual([]);
      expect(result.end).toBe('rolled_back');
    }, 400_000);

    const most = Number(process.env.CHAOS_FAULTS ?? 12);
    it(
      `stays whole: ${most} runs`,
      async () => {
        const scenarios: Scenario[] = [];
        for (let seed = Number(process.env.CHAOS_SEED ?? 1); scenarios.length < most; seed++) {
          const scenario = scenarioOf(seed, { backend });
          if (scenario.faults.every((fault) => FAULTS.includes(fault.name))) scenarios.push(scenario);
        }
        const results = await runAll(world, scenarios, { evidence });
        process.stdout.write(`${formatReport(results)}\nEvidence: ${evidence}\n`);
        const failed = results.filter(({ problems }) => problems.length > 0);
        expect(failed.map(({ scenario }) => formatScenario(scenario))).toEqual([]);
      },
      most * 120_000,
    );
  },
);
