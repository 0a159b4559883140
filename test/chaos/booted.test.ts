import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootedMissing, bootWorld } from './booted.ts';
import { formatReport, runAll } from './campaign.ts';
import type { FaultName } from './faults/names.ts';
import { type ChaosGateway, inside, must } from './gateway.ts';
import { processesBelow } from './processes.ts';
import { formatResult, type Result, runScenario } from './run.ts';
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
  'reboot',
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
        `until units=$(systemctl list-units --plain --no-legend 'sluice-guard-*' 'sluice-runner-*') && [ "$(echo "$units" | wc -l)" = 2 ]
         do sleep 0.1; done; echo "$units"`,
      );
      const folder = join(evidence, 'kill-user-processes');
      const [result, listed] = await Promise.all([runScenario(world, gateway(), scenario, folder), units]);
      expect(listed).toMatch(/^sluice-guard-.*\nsluice-runner-.*\n$/);
      expect(result.problems).toEqual([]);
      expect(result.end).toBe('rolled_back');
    }, 400_000);

    it('asks by itself where runner and guard were killed: a timer takes the trial back', async () => {
      const scenario: Scenario = {
        ...scenarioOf(0, { backend, user: 'root', change: 'check-slow' }),
        before: 'ours',
        faults: (['controller-kill', 'both-kill'] as const).map((name) => {
          return { name, step: APPLIED, delayMs: 200, forMs: 0, salt: 0 };
        }),
      };
      const result = await runScenario(world, gateway(), scenario, join(evidence, 'timer'));
      expect(result.problems).toEqual([]);
      expect(result.notes).toContainEqual(
        expect.stringMatching(/ is applied with nobody alive: the timer's$/),
      );
      expect(result.end).toBe('rolled_back');
    }, 400_000);

    it.each([
      ['a trial is lost', 'check-slow', { kind: 'state', name: 'applied' }, 'lost_reboot'],
      ['what is confirmed is loaded', 'small', { kind: 'event', name: 'run.finished' }, 'confirmed'],
    ] as const)(
      'comes up again: %s',
      async (_what, change, step, end) => {
        const scenario: Scenario = {
          ...scenarioOf(0, { backend, user: 'root', change }),
          before: 'ours',
          faults: [{ name: 'reboot', step, delayMs: 200, forMs: 0, salt: 0 }],
        };
        const result = await runScenario(world, gateway(), scenario, join(evidence, `reboot-${end}`));
        expect(result.problems).toEqual([]);
        expect(result.hit).toEqual(['reboot']);
        expect(result.end).toBe(end);
        const units = 'systemctl is-active sluice-boot netfilter-persistent';
        expect(await inside(gateway(), units)).toBe('active\nactive\n');
      },
      400_000,
    );

    const most = Number(process.env.CHAOS_FAULTS ?? 12);
    it(
      `stays whole: ${most} runs`,
      async () => {
        const scenarios: Scenario[] = [];
        for (let seed = Number(process.env.CHAOS_SEED ?? 1); scenarios.length < most; seed++) {
          const scenario = scenarioOf(seed, { backend });
          if (scenario.faults.every((fault) => FAULTS.includes(fault.name))) scenarios.push(scenario);
        }
        const onResult = (result: Result) => process.stdout.write(`${formatResult(result)}\n`);
        const results = await runAll(world, scenarios, { evidence, onResult });
        process.stdout.write(`${formatReport(results)}\nEvidence: ${evidence}\n`);
        const failed = results.filter(({ problems }) => problems.length > 0);
        expect(failed.map(({ scenario }) => formatScenario(scenario))).toEqual([]);
      },
      most * 120_000,
    );
  },
);
