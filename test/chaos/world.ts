import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { downLab } from '../../src/lab/down.ts';
import type { Backend, LabUser } from '../../src/lab/etc.ts';
import { loadState } from '../../src/lab/folder.ts';
import { upLab } from '../../src/lab/up.ts';
import { simulateReboot } from './boot.ts';
import type { ChaosGateway } from './gateway.ts';

/** A lab whose gateways are each put through one run after another. */
export type World = {
  readonly folder: string;
  readonly gateways: readonly ChaosGateway[];
  readonly keyFile: string;
  readonly knownHostsFile: string;
  inventoryFile(user: LabUser): string;
  down(): Promise<void>;
};

export async function makeWorld(gateways: number, backend: Backend | 'alternate'): Promise<World> {
  const lab = await upLab({ gateways, backends: 1, backend });
  const state = await loadState(lab.id);
  if (state === undefined) throw new Error(`lab ${lab.id} has no state`);
  const folder = mkdtempSync(join(tmpdir(), 'sluice-chaos-'));
  const chaosGateways = state.gateways.map((gateway): ChaosGateway => {
    const made: ChaosGateway = {
      ...gateway,
      prefix: lab.command(gateway.name, []),
      fabric: ['nsenter', `--net=/proc/${state.pid}/ns/net`, '--'],
      port: `wan-${gateway.name}`,
      controller: lab.command('controller', []),
      isBooted: false,
      startSshd: 'mkdir -p /run/sshd /run/lock && /usr/sbin/sshd -E /run/sshd.log',
      reboot: () => simulateReboot(made),
    };
    return made;
  });
  const world: World = {
    folder,
    gateways: chaosGateways,
    keyFile: lab.keyFile,
    knownHostsFile: lab.knownHostsFile,
    inventoryFile: (user) => join(folder, `inventory-${user}`),
    down: async () => {
      await downLab(lab.id);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  for (const user of ['root', 'operator'] as const) writeInventory(world, user);
  return world;
}

/** Both addresses of each gateway have to let a fresh connection in. */
export function writeInventory(
  { gateways, keyFile, knownHostsFile, inventoryFile }: Omit<World, 'down'>,
  user: LabUser,
): void {
  const lines = [
    '[gateways]',
    ...gateways.map(({ name, address, address6 }) => {
      return `${name} ansible_host=${address} sluice_addresses="['${address}', '${address6}']"`;
    }),
    '[gateways:vars]',
    `ansible_user=${user}`,
    ...(user === 'operator' ? ['ansible_become=True'] : []),
    `ansible_ssh_private_key_file=${keyFile}`,
    `ansible_ssh_common_args='-o UserKnownHostsFile=${knownHostsFile}'`,
  ];
  writeFileSync(inventoryFile(user), `${lines.join('\n')}\n`);
}
