import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newKeyPair } from '../../src/lab/keys.ts';
import { readOrEmpty } from '../../src/lab/proc.ts';
import type { ChaosGateway } from './gateway.ts';
import { inside, must, tryInside } from './gateway.ts';
import { poll } from './stage.ts';
import { type World, writeInventory } from './world.ts';

/** The root file system is made once and kept here. */
const TREE = '/var/tmp/sluice-booted/bookworm';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));

/** systemd-nspawn leaves the empty ones that it made; one that holds a process can't be removed. */
const REMOVE_CGROUPS = `
  for top in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
    find $top/payload $top/supervisor -depth -type d -exec rmdir {} + 2>/dev/null
  done; true`;

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Why nothing is booted here; undefined where it was asked for and can be. */
export function bootedMissing(): string | undefined {
  if (process.env.CHAOS_BOOTED === undefined)
    return 'set CHAOS_BOOTED=1 to boot a Debian, which is downloaded once';
  if (process.getuid?.() !== 0) return 'needs root';
  for (const tool of ['systemd-nspawn', 'debootstrap']) {
    try {
      execFileSync('sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' });
    } catch {
      return `needs ${tool}`;
    }
  }
  return undefined;
}

/** Boots a Debian whose init is systemd: one gateway, with a controller in front of it. */
export async function bootWorld(backend: ChaosGateway['backend']): Promise<World> {
  await must([script('booted-tree.sh'), TREE]);
  const folder = mkdtempSync(join(tmpdir(), 'sluice-booted-'));
  const key = newKeyPair('chaos');
  const keyFile = join(folder, 'id_ed25519');
  const knownHostsFile = join(folder, 'known_hosts');
  writeFileSync(keyFile, key.privateKey, { mode: 0o600 });
  writeFileSync(join(folder, 'authorized_keys'), `${key.publicKey}\n`, { mode: 0o644 });
  const hostKey = readFileSync(`${TREE}/etc/ssh/ssh_host_ed25519_key.pub`, 'utf8').split(' ').slice(0, 2);
  writeFileSync(knownHostsFile, `10.64.0.1,fd00:64::1 ${hostKey.join(' ')}\n`);

  const namespaces = ['--mount', '--net', '--pid', '--fork', '--kill-child'];
  const words = ['sh', script('booted.sh'), TREE, folder, process.execPath, CHECKOUT];
  const holder = spawn('unshare', [...namespaces, ...words], { stdio: ['ignore', 'ignore', 'inherit'] });
  const down = async () => {
    if (holder.exitCode === null && holder.signalCode === null) {
      holder.kill('SIGKILL');
      await once(holder, 'exit');
    }
    execFileSync('sh', ['-c', REMOVE_CGROUPS], { stdio: 'ignore' });
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const ended = once(holder, 'exit').then(([code]) =>
      Promise.reject(new Error(`booted.sh ended with ${code}`)),
    );
    ended.catch(() => undefined);
    let leader = await Promise.race([ended, awaitLeader(folder)]);
    const fabric = Number(readOrEmpty(join(folder, 'fabric')));
    const gateway: ChaosGateway = {
      name: 'gw1',
      address: '10.64.0.1',
      address6: 'fd00:64::1',
      backend,
      get pid() {
        return leader;
      },
      get prefix() {
        return ['nsenter', '--target', `${leader}`, '--net', '--mount', '--uts', '--pid', '--'];
      },
      fabric: ['nsenter', `--net=/proc/${fabric}/ns/net`, '--'],
      port: 'wan-gw1',
      controller: ['nsenter', `--net=/proc/${fabric}/root/run/netns/controller`, '--'],
      isBooted: true,
      startSshd: 'systemctl restart ssh',
      reboot: async () => {
        // Its own end takes the command with it.
        await tryInside(gateway, 'systemctl reboot --force --force');
        leader = await Promise.race([ended, awaitLeader(folder, leader)]);
        await inside(gateway, IS_UP);
      },
    };
    await inside(
      gateway,
      `${IS_UP}
       for tool in iptables ip6tables; do update-alternatives --set $tool /usr/sbin/$tool-${backend} >/dev/null; done`,
    );
    const world: World = {
      folder,
      gateways: [gateway],
      keyFile,
      knownHostsFile,
      inventoryFile: (user) => join(folder, `inventory-${user}`),
      down,
    };
    for (const user of ['root', 'operator'] as const) writeInventory(world, user);
    return world;
  } catch (error) {
    const console = readOrEmpty(join(folder, 'console')).slice(-3000);
    await down();
    throw new Error(`no Debian could be booted: ${error}\n${console}`);
  }
}

/** Units that failed are no reason to wait; a login may come from now on. */
const IS_UP = 'until [ -S /run/systemd/private ] && systemctl is-active -q ssh; do sleep 0.2; done';

/** systemd, as this machine sees it: the first child of systemd-nspawn, once it answers; another one than `old`. */
async function awaitLeader(folder: string, old?: number): Promise<number> {
  const leader = await poll(
    () => {
      const fabric = Number(readOrEmpty(join(folder, 'fabric')));
      const nspawn = childrenOf(fabric).find((pid) =>
        readOrEmpty(`/proc/${pid}/comm`).startsWith('systemd-nspawn'),
      );
      const found = nspawn === undefined ? undefined : childrenOf(nspawn)[0];
      return found !== undefined && found !== old && readOrEmpty(`/proc/${found}/comm`).trim() === 'systemd'
        ? found
        : undefined;
    },
    120_000,
    100,
  );
  if (leader === undefined) throw new Error('systemd did not come up');
  return leader;
}

function childrenOf(pid: number): readonly number[] {
  return readOrEmpty(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number);
}
