import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import yargs from 'yargs';
import { labCommand } from '../../../src/cli/commands/lab.ts';
import { downLab } from '../../../src/lab/down.ts';
import type { Lab } from '../../../src/lab/lab.ts';
import { upLab } from '../../../src/lab/up.ts';
import { describeWithLab } from '../../lab/skip.ts';

await describeWithLab('sluice lab', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-lab-'));
  const answer = join(folder, 'answer');
  let lab: Lab;
  beforeAll(async () => {
    lab = await upLab({ gateways: 1, backends: 1 });
  });
  afterAll(async () => {
    process.exitCode = undefined;
    rmSync(folder, { recursive: true });
    await downLab(lab.id);
  });
  beforeEach(() => {
    process.exitCode = undefined;
  });

  test('run: the command runs at the controller, here, and knows the inventory', async () => {
    const script = `{ ip -o -4 addr show dev wan; pwd; echo "$SLUICE_INVENTORY $SLUICE_LAB"; } >${answer}; exit 7`;
    await sluice('lab', 'run', '--lab', lab.id, '--', 'sh', '-c', script);
    expect(process.exitCode).toBe(7);
    const [address, ...rest] = readFileSync(answer, 'utf8').trim().split('\n');
    expect(address).toContain('10.64.255.1/16');
    expect(rest).toEqual([process.cwd(), `${lab.inventoryFile} ${lab.id}`]);
  });

  test('run: in the shell of a lab that lab is meant, whatever others there are', async () => {
    process.env.SLUICE_LAB = lab.id;
    try {
      await sluice('lab', 'run', '--', 'sh', '-c', 'exit 8');
    } finally {
      delete process.env.SLUICE_LAB;
    }
    expect(process.exitCode).toBe(8);
  });

  test("run: what follows -- is the command's, numbers and options of the same names included", async () => {
    const script = `printf '%s\\n' "$@" >${answer}`;
    await sluice(
      'lab',
      'run',
      '--lab',
      lab.id,
      '--',
      'sh',
      '-c',
      script,
      'sh',
      '--in',
      '007',
      '-v',
      '1e3',
      '--',
      '--lab',
    );
    expect(readFileSync(answer, 'utf8')).toBe('--in\n007\n-v\n1e3\n--\n--lab\n');
  });

  test('run --in: another place', async () => {
    await sluice(
      'lab',
      'run',
      '--lab',
      lab.id,
      '--in',
      'gw1',
      '--',
      'sh',
      '-c',
      '[ "$(hostname)" = gw1 ] && exit 9',
    );
    expect(process.exitCode).toBe(9);
  });

  test('run: a command that does not exist is 127, as in a shell', async () => {
    await sluice('lab', 'run', '--lab', lab.id, '--', 'no-such-command');
    expect(process.exitCode).toBe(127);
  });

  test('run: an unknown place is an error that names those there are', async () => {
    const run = sluice('lab', 'run', '--lab', lab.id, '--in', 'gw7', '--', 'true');
    await expect(run).rejects.toThrow(
      `${lab.id} has no place gw7.\n    Places: controller, client, desk, gw1, b1`,
    );
  });

  test('run: without a command there is nothing to do', async () => {
    await expect(sluice('lab', 'run', '--lab', lab.id)).rejects.toThrow('There is no command to run.');
  });

  test('down: an unknown lab is an error', async () => {
    await expect(sluice('lab', 'down', 'lab-nowhere')).rejects.toThrow('There is no lab lab-nowhere.');
  });
});

async function sluice(...args: readonly string[]): Promise<void> {
  await yargs([...args])
    .command(labCommand)
    .strict()
    .fail((message, error) => {
      throw error ?? new Error(message);
    })
    .parseAsync();
}
