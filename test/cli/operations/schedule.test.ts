import { closeSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { installUnits, removeUnits } from '../../../src/cli/operations/schedule/install.ts';
import { lockSchedule } from '../../../src/cli/operations/schedule/lock.ts';
import { findSchedule, findSchedules, unitPlace } from '../../../src/cli/operations/schedule/places.ts';
import { runScheduled } from '../../../src/cli/operations/schedule/run.ts';
import type { Schedule } from '../../../src/schedule/model.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function empty(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-schedule-'));
  folders.push(folder);
  return folder;
}

const launcher = [process.execPath, '/opt/sluice/main.js'] as const;

function scheduleIn(folder: string, more: Partial<Schedule> = {}): Schedule {
  return {
    name: 'edge',
    folder,
    everyMinutes: 15,
    delaySeconds: 90,
    work: ['drift', '/srv/edge.yml'],
    ...more,
  };
}

describe('units', () => {
  test('are created, left alone, changed with their difference, found and deleted', async () => {
    const [folder, units] = [empty(), empty()];
    const place = unitPlace('system', units);
    const install = (more: Partial<Schedule> = {}) =>
      installUnits({ schedule: scheduleIn(folder, more), launcher, place, isNamed: false });
    expect((await install()).map(({ how }) => how)).toEqual(['created', 'created']);
    expect((await install()).map(({ how }) => how)).toEqual(['unchanged', 'unchanged']);
    const [, timer] = await install({ delaySeconds: 5 });
    expect(timer).toMatchObject({
      how: 'changed',
      diff: ['-RandomizedDelaySec=90', '+RandomizedDelaySec=5'],
    });
    expect(await findSchedule([place], 'edge')).toMatchObject({
      name: 'edge',
      schedule: scheduleIn(folder, { delaySeconds: 5 }),
    });
    // One that was edited beyond reading is still listed.
    const mark = readFileSync(join(units, 'sluice-edge.timer'), 'utf8').split('\n', 1)[0] ?? '';
    writeFileSync(join(units, 'sluice-edge.timer'), mark);
    expect(await findSchedules([place])).toMatchObject([{ name: 'edge', schedule: undefined }]);
    expect(await removeUnits(place, 'edge')).toHaveLength(2);
    expect(readdirSync(units)).toEqual([]);
    await expect(findSchedule([place], 'edge')).rejects.toMatchObject({
      problems: [{ code: 'schedule-unknown', remedy: expect.stringContaining('There is none at all.') }],
    });
  });

  test("are neither replaced nor deleted where one is somebody else's, or another project's", async () => {
    const units = empty();
    const place = unitPlace('system', units);
    writeFileSync(join(units, 'sluice-edge.timer'), '[Timer]\n');
    const install = (folder: string) =>
      installUnits({ schedule: scheduleIn(folder), launcher, place, isNamed: false });
    await expect(install(empty())).rejects.toThrow('is not a unit that sluice schedule made');
    await expect(removeUnits(place, 'edge')).rejects.toThrow('is not a unit that sluice schedule made');
    expect(readdirSync(units)).toEqual(['sluice-edge.timer']);
    rmSync(join(units, 'sluice-edge.timer'));
    const first = empty();
    await install(first);
    await expect(install(empty())).rejects.toThrow('schedule edge is there already');
    expect(readFileSync(join(units, 'sluice-edge.service'), 'utf8')).toContain(first);
  });
});

describe('the lock', () => {
  const me = {
    operator: 'ann@laptop',
    process: { host: 'laptop', pid: 17 },
    since: '2026-11-26T10:00:00.000Z',
    doing: 'schedule run edge',
  };
  const other = { ...me, process: { ...me.process, pid: 18 } };

  test('is taken by one, tells the other who has it, and is free once its file is closed', async () => {
    const folder = empty();
    const first = await lockSchedule(folder, 'edge', () => me);
    if (first.kind !== 'taken') return expect.fail('not taken');
    expect(await lockSchedule(folder, 'edge', () => other)).toEqual({ kind: 'held', by: me });
    expect(await lockSchedule(folder, 'other', () => me)).toMatchObject({ kind: 'taken' });
    closeSync(first.file);
    expect(await lockSchedule(folder, 'edge', () => me)).toMatchObject({ kind: 'taken' });
    expect(readFileSync(join(folder, '.sluice/.gitignore'), 'utf8')).toBe('*\n');
  });

  test('a run starts nothing while it is held, and answers the exit code of what it ran', async () => {
    const folder = empty();
    writeFileSync(
      join(folder, 'program.mjs'),
      'process.exit(process.env.SLUICE_SCHEDULE === "edge" ? 3 : 1)',
    );
    const run = () =>
      runScheduled({
        ...scheduleIn(folder, { delaySeconds: 0, work: [] }),
        launcher: [process.execPath, join(folder, 'program.mjs')],
        env: { PATH: process.env.PATH },
        random: () => 0,
        now: () => new Date(me.since),
      });
    expect(await run()).toEqual({ kind: 'ran', exitCode: 3 });
    const held = await lockSchedule(folder, 'edge', () => me);
    expect(await run()).toEqual({ kind: 'skipped', holder: me });
    if (held.kind === 'taken') closeSync(held.file);
    expect(await run()).toMatchObject({ kind: 'ran' });
  });
});
