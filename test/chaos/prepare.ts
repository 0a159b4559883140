import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CHANGES } from './changes.ts';
import { startController } from './controller.ts';
import { type ChaosGateway, inside } from './gateway.ts';
import { edgePlay, writeProject } from './project.ts';
import { resetGateway } from './reset.ts';
import type { Scenario } from './scenario.ts';
import { tenant } from './shared.ts';
import type { World } from './world.ts';

const NAT = `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -o lan -j MASQUERADE
COMMIT
`;

/** Brings a gateway to what the scenario finds: its rules, saved for the next boot, and the state folder's file system. */
export async function prepare(
  world: World,
  gateway: ChaosGateway,
  scenario: Scenario,
  folder: string,
): Promise<void> {
  await resetGateway(gateway);
  if (scenario.faults.some(({ name }) => name === 'disk-full' || name === 'read-only')) {
    await inside(
      gateway,
      'mkdir -p /var/lib/sluice && mount -t tmpfs -o size=24m,mode=0700 tmpfs /var/lib/sluice',
    );
  }
  for (const [tool, family] of [
    ['iptables', 'ipv4'],
    ['ip6tables', 'ipv6'],
  ] as const) {
    const text = scenario.before === 'ours' ? NAT : NAT + CHANGES.small.text(family, 'old');
    await inside(gateway, `${tool}-restore`, text);
    if (scenario.sharing !== 'tables') await inside(gateway, `${tool}-restore --noflush`, tenant(family));
  }
  const asFound = await readRules(gateway);
  if (scenario.before === 'ours') await applyOld(world, gateway, scenario, folder);
  // Whoever manages a table with sluice doesn't load it from elsewhere at boot.
  await inside(gateway, 'mkdir -p /etc/iptables');
  for (const [file, text] of Object.entries(asFound))
    await inside(gateway, `cat >/etc/iptables/${file}`, text);
}

/** What is there before sluice's first run. */
async function readRules(gateway: ChaosGateway): Promise<Readonly<Record<string, string>>> {
  return {
    'rules.v4': await inside(gateway, 'iptables-save'),
    'rules.v6': await inside(gateway, 'ip6tables-save'),
  };
}

/** A run that nothing disturbs but the load of this machine. */
async function applyOld(
  world: World,
  gateway: ChaosGateway,
  scenario: Scenario,
  folder: string,
): Promise<void> {
  let words = '';
  for (let tries = 1; tries <= 3; tries++) {
    const cwd = join(folder, `old-${tries}`);
    mkdirSync(cwd, { recursive: true });
    const play = edgePlay('small', scenario, 'old');
    const argv = writeProject(cwd, play, world.inventoryFile(scenario.user), gateway.name, 60);
    const { code, stdout, stderr } = await startController(gateway.controller, argv, cwd).ended;
    if (code === 0) return;
    words = `${code}:\n${stdout}${stderr}`;
  }
  throw new Error(`the undisturbed run before the scenario ended with ${words}`);
}
