import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, rmdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { commonEtc, type EtcFile, machineEtc } from './etc.ts';
import { formatInventory, formatKnownHosts } from './inventory.ts';
import { newKeyPair } from './keys.ts';
import { LABS_FOLDER, type LabState, labFiles, STATE_VERSION } from './lab.ts';
import { formatFabric, formatPlaceNetwork } from './network.ts';
import type { LabPlan } from './plan.ts';

/** Makes the folder of a new lab, which claims its id, and answers the id. */
export async function claimFolder(): Promise<string> {
  for (;;) {
    const id = `lab-${randomBytes(2).toString('hex')}`;
    try {
      await mkdir(LABS_FOLDER, { recursive: true, mode: 0o700 });
      await mkdir(labFiles(id).folder, { mode: 0o700 });
      return id;
    } catch (error) {
      // Taken, or the last lab went away between the two steps.
      if (!isErrno(error, 'EEXIST') && !isErrno(error, 'ENOENT')) throw error;
    }
  }
}

/** Writes what the lab's scripts read, and what its users do: keys, inventory, known_hosts. */
export async function writeFolder({ id, user, places, gateways, desk, backends }: LabPlan): Promise<void> {
  const { folder, inventoryFile, knownHostsFile, keyFile } = labFiles(id);
  const clientKey = newKeyPair(id);
  const machines = [...gateways, desk].map((machine) => ({ ...machine, hostKey: newKeyPair(machine.name) }));
  const passwd = await readFile('/etc/passwd', 'utf8');
  const group = await readFile('/etc/group', 'utf8');

  await writeFile(keyFile, clientKey.privateKey, { mode: 0o600 });
  await writeFile(`${keyFile}.pub`, `${clientKey.publicKey}\n`);
  await writeFile(
    inventoryFile,
    formatInventory({ gateways, desk, backends }, { user, keyFile, knownHostsFile }),
  );
  await writeFile(knownHostsFile, formatKnownHosts(machines));
  await writeFile(`${folder}/fabric.ip`, formatFabric(places));
  await writeFile(`${folder}/places.list`, places.map(({ name, kind }) => `${name} ${kind}\n`).join(''));
  await writeEtc(`${folder}/etc`, commonEtc(passwd, group, clientKey.publicKey));
  for (const place of places) {
    await mkdir(`${folder}/places/${place.name}`, { recursive: true });
    await writeFile(`${folder}/places/${place.name}/ip`, formatPlaceNetwork(place, places));
  }
  for (const { name, backend, hostKey } of machines) {
    await writeEtc(`${folder}/places/${name}/etc`, machineEtc(name, backend, hostKey.privateKey));
  }
}

/** Writes the state file, whole or not at all: with it, the lab counts as standing. */
export async function saveState(state: LabState): Promise<void> {
  const { stateFile } = labFiles(state.id);
  await writeFile(`${stateFile}.new`, `${JSON.stringify(state, undefined, 2)}\n`);
  await rename(`${stateFile}.new`, stateFile);
}

/** Reads a lab's state file; undefined when the lab was never complete, or is of another version of sluice. */
export async function loadState(id: string): Promise<LabState | undefined> {
  try {
    const state = JSON.parse(await readFile(labFiles(id).stateFile, 'utf8'));
    return state.version === STATE_VERSION ? state : undefined;
  } catch {
    return undefined;
  }
}

/** Removes a lab's folder, and the folder of all labs when this was the last. */
export async function removeFolder(id: string): Promise<void> {
  await rm(labFiles(id).folder, { recursive: true, force: true });
  await rmdir(LABS_FOLDER).catch(() => undefined);
}

async function writeEtc(folder: string, files: readonly EtcFile[]): Promise<void> {
  for (const file of files) {
    const path = join(folder, file.path);
    await mkdir(dirname(path), { recursive: true });
    if ('link' in file) await symlink(file.link, path);
    else await writeFile(path, file.text, { mode: file.mode });
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
