import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { downLab, findLabs } from '../../src/lab/down.ts';
import { claimFolder } from '../../src/lab/folder.ts';
import { type Lab, labFiles, STATE_VERSION } from '../../src/lab/lab.ts';
import { markedProcesses } from '../../src/lab/processes.ts';
import { upLab } from '../../src/lab/up.ts';
import { describeWithLab } from './skip.ts';

await describeWithLab('a lab that is taken down', () => {
  test('leaves no processes, namespaces, mounts or files, and ends what others run inside it', async () => {
    const lab = await upLab({ gateways: 2 });
    const guests = ['controller', 'gw1', 'b1'].map((place) => start(lab, place));
    await Promise.all(guests.map((guest) => once(guest.stdout, 'data')));
    const ends = guests.map((guest) => once(guest, 'exit'));
    await downLab(lab.id);
    await Promise.all(ends);
    expect(await remains(lab)).toEqual([]);
    expect((await lab.exec('controller', ['true']).catch(() => ({ code: 1 }))).code).not.toBe(0);
    expect((await lab.exec('gw1', ['true'])).code).not.toBe(0);
  });

  test('may be taken down twice', async () => {
    const lab = await upLab({ gateways: 1, backends: 1 });
    await Promise.all([downLab(lab.id), downLab(lab.id)]);
    await downLab(lab.id);
    expect(await remains(lab)).toEqual([]);
  });

  test('is found without its state file, as unfinished', async () => {
    const lab = await upLab({ gateways: 1, backends: 1 });
    rmSync(labFiles(lab.id).stateFile);
    expect(await findLabs()).toContainEqual({ kind: 'unfinished', id: lab.id });
    await downLab(lab.id);
    expect(await remains(lab)).toEqual([]);
  });

  test('is found by its processes when its folder is gone', async () => {
    const lab = await upLab({ gateways: 1, backends: 1 });
    rmSync(lab.folder, { recursive: true });
    expect(await findLabs()).toContainEqual({ kind: 'unfinished', id: lab.id });
    await downLab(lab.id);
    expect(await remains(lab)).toEqual([]);
  });

  test('may be no more than a folder', async () => {
    const id = await claimFolder();
    const { folder, stateFile } = labFiles(id);
    await mkdir(`${folder}/places`);
    await writeFile(stateFile, '{"version": 1, "pid": ');
    expect(await findLabs()).toContainEqual({ kind: 'unfinished', id });
    await downLab(id);
    expect(existsSync(folder)).toBe(false);
  });

  test('is not standing when another process has got its process id', async () => {
    const id = await claimFolder();
    await writeFile(labFiles(id).stateFile, JSON.stringify({ version: STATE_VERSION, id, pid: process.pid }));
    expect(await findLabs()).toContainEqual({ kind: 'unfinished', id });
    await downLab(id);
    expect(existsSync(labFiles(id).folder)).toBe(false);
  });

  test.each(['..', '', 'lab-1/../x', 'lab-'])('%j is refused: its folder would be removed', async (id) => {
    await expect(downLab(id)).rejects.toThrow('is no id of a lab');
  });
});

/** Runs something in a place that goes on until it is killed; prints a line once it runs. */
function start(lab: Lab, place: string) {
  const [file = '', ...args] = lab.command(place, ['sh', '-c', 'trap "" TERM HUP; echo runs; sleep 1000; :']);
  return spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** What can still be found of a lab. */
async function remains({ id, folder }: Lab): Promise<readonly string[]> {
  return [
    ...(existsSync(folder) ? [folder] : []),
    ...(markedProcesses().get(folder) ?? []).map((pid) => `process ${pid}`),
    ...(await findLabs()).filter((found) => found.id === id).map(({ kind }) => `${kind} lab`),
    ...readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes('sluice-lab')),
  ];
}
