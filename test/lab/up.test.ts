import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { downLab } from '../../src/lab/down.ts';
import { claimFolder, writeFolder } from '../../src/lab/folder.ts';
import { LABS_FOLDER, labFiles } from '../../src/lab/lab.ts';
import { planLab } from '../../src/lab/plan.ts';
import { MARK, markedProcesses } from '../../src/lab/processes.ts';
import { startLab } from '../../src/lab/start.ts';
import { findScript } from '../../src/lab/tools.ts';
import { upLab } from '../../src/lab/up.ts';
import { describeWithLab } from './skip.ts';

test.each([0, 1.5, 1001, Number.NaN])(
  'a lab of %d gateways is refused, with the limits',
  async (gateways) => {
    await expect(upLab({ gateways })).rejects.toThrow(
      `A lab can't have ${gateways} gateways.\n    Choose a whole number from 1 to 1000.`,
    );
  },
);

await describeWithLab('a lab that is being made', () => {
  test('names the place that fails, and shows its log', async () => {
    const plan = await madePlan();
    await writeFile(`${labFiles(plan.id).folder}/places/gw2/ip`, 'addr add 10.64.0.2/16 dev nowhere\n');
    await expect(startLab(plan, {})).rejects.toThrow(/^gw2 didn't start\. Its log ends:\n.*nowhere/s);
  });

  test('fails with the log when not even the networks can be made', async () => {
    const plan = await madePlan();
    await writeFile(`${labFiles(plan.id).folder}/fabric.ip`, 'link add wan type bridge stp nonsense\n');
    await expect(startLab(plan, {})).rejects.toThrow(/^the lab didn't start\. Its log ends:\n.*nonsense/s);
  });

  test('leaves nothing when the caller wants it no more', async () => {
    const stop = new AbortController();
    // A number of backends that nobody else's lab has.
    const made = upLab({ gateways: 8, backends: 11, signal: stop.signal });
    const folder = await runningWith('b11 backend');
    stop.abort(new Error('enough'));
    await expect(made).rejects.toThrow('enough');
    expect(existsSync(folder)).toBe(false);
    expect(markedProcesses().has(folder)).toBe(false);
  });

  test('removes itself when the process that makes it dies', async () => {
    const { id } = await madePlan();
    const { folder } = labFiles(id);
    const scripts = ['sh/fabric.sh', 'sh/machine.sh', 'backend.mjs'].map(findScript);
    const [fabric = '', ...others] = scripts;
    const namespaces = ['--mount', '--net', '--pid', '--fork', '--kill-child'];
    const lab = spawn(
      'unshare',
      [...namespaces, 'sh', fabric, folder, ...others, '/usr/sbin/sshd', process.execPath],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, [MARK]: folder },
      },
    );
    const ended = once(lab, 'exit');
    await once(createInterface(lab.stdout), 'line');
    expect(existsSync(folder)).toBe(true);
    lab.stdin.destroy();
    await ended;
    expect(existsSync(folder)).toBe(false);
    expect(markedProcesses().has(folder)).toBe(false);
  });
});

async function madePlan() {
  const plan = planLab(await claimFolder(), { gateways: 3 });
  onTestFinished(() => downLab(plan.id));
  await writeFolder(plan);
  return plan;
}

/** Waits until the first process runs of a lab that has a place; answers the lab's folder. */
async function runningWith(place: string): Promise<string> {
  for (;;) {
    const ids = existsSync(LABS_FOLDER) ? readdirSync(LABS_FOLDER) : [];
    const folders = ids.map((id) => labFiles(id).folder);
    const found = folders.find((one) => placesOf(one).includes(`${place}\n`) && existsSync(`${one}/pid`));
    if (found !== undefined) return found;
    await sleep(5);
  }
}

function placesOf(folder: string): string {
  try {
    return readFileSync(`${folder}/places.list`, 'utf8');
  } catch {
    return '';
  }
}
