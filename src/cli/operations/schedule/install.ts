import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { structuredPatch } from 'diff';
import { type Problem, ProblemsError } from '../../../problem.ts';
import type { Launcher, Schedule } from '../../../schedule/model.ts';
import { formatService, formatTimer, isOurs, parseUnits, unitNames } from '../../../schedule/units.ts';
import type { UnitPlace } from './places.ts';

/** What became of one unit file. */
export type WrittenUnit = {
  readonly file: string;
  readonly how: 'created' | 'changed' | 'unchanged';
  /** The lines that went and came, after - and +. */
  readonly diff: readonly string[];
};

export type InstallRequest = {
  readonly schedule: Schedule;
  readonly launcher: Launcher;
  readonly place: UnitPlace;
  /** The name was typed, not made from the playbook's. */
  readonly isNamed: boolean;
};

/**
 * Writes the two units of a schedule, or leaves them where they are as they should be.
 * @throws ProblemsError where one of them is somebody else's file, or another schedule's; then nothing was written
 */
export async function installUnits(request: InstallRequest): Promise<readonly WrittenUnit[]> {
  const { schedule, launcher, place } = request;
  const names = unitNames(schedule.name);
  const unwritable = folderProblem(schedule.folder);
  if (unwritable !== undefined) throw new ProblemsError([unwritable]);
  const units = [
    { file: path.join(place.folder, names.service), text: formatService(schedule, launcher, place.scope) },
    { file: path.join(place.folder, names.timer), text: formatTimer(schedule) },
  ];
  const standing = await Promise.all(units.map(({ file }) => readFile(file, 'utf8').catch(absent)));
  const foreign = units.filter((_, at) => standing[at] !== undefined && !isOurs(standing[at]));
  if (foreign.length > 0) throw new ProblemsError(foreign.map(({ file }) => foreignUnit(file)));
  const other = otherSchedule(request, parseUnits(schedule.name, standing[0] ?? '', standing[1] ?? ''));
  if (other !== undefined) throw new ProblemsError([other]);
  try {
    await mkdir(place.folder, { recursive: true });
    const written: WrittenUnit[] = [];
    for (const [at, { file, text }] of units.entries()) written.push(await put(file, text, standing[at]));
    return written;
  } catch (error) {
    throw new ProblemsError([notWritten(place, error)]);
  }
}

/**
 * Deletes the units of a schedule.
 * @throws ProblemsError where one of them is not ours, or can't be deleted
 */
export async function removeUnits(place: UnitPlace, name: string): Promise<readonly string[]> {
  const files = Object.values(unitNames(name)).map((file) => path.join(place.folder, file));
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(absent)));
  const foreign = files.filter((_, at) => texts[at] !== undefined && !isOurs(texts[at]));
  if (foreign.length > 0) throw new ProblemsError(foreign.map(foreignUnit));
  const there = files.filter((_, at) => texts[at] !== undefined);
  try {
    for (const file of there) await rm(file);
  } catch (error) {
    throw new ProblemsError([notWritten(place, error)]);
  }
  return there;
}

/** A reader, systemd above all, finds the old unit or the new one. */
async function put(file: string, text: string, before: string | undefined): Promise<WrittenUnit> {
  if (before === text) return { file, how: 'unchanged', diff: [] };
  const temporary = `${file}.${process.pid}`;
  try {
    await writeFile(temporary, text, { mode: 0o644, flag: 'wx' });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  if (before === undefined) return { file, how: 'created', diff: [] };
  const { hunks } = structuredPatch(file, file, before, text, '', '', { context: 0 });
  return { file, how: 'changed', diff: hunks.flatMap(({ lines }) => lines) };
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw new ProblemsError([unreadable(error)]);
}

function unreadable(error: NodeJS.ErrnoException): Problem {
  return { code: 'unit-unreadable', message: error.message, remedy: 'Run as somebody who may read it.' };
}

function foreignUnit(file: string): Problem {
  return {
    code: 'unit-foreign',
    file,
    message: 'is not a unit that sluice schedule made; it was left as it is',
    remedy: 'Choose another --name, or move it away.',
  };
}

/** Two projects, or two playbooks, may have come to the same name: one would end without a word. */
function otherSchedule(
  { schedule, isNamed }: InstallRequest,
  standing: Schedule | undefined,
): Problem | undefined {
  if (standing === undefined) return undefined;
  const playbook = standing.work.at(-1);
  const isOther = standing.folder !== schedule.folder || (!isNamed && playbook !== schedule.work.at(-1));
  if (!isOther) return undefined;
  return {
    code: 'schedule-taken',
    message: `schedule ${schedule.name} is there already, for ${playbook} in ${standing.folder}`,
    remedy: `Choose another --name; or end that one first: sluice schedule remove ${schedule.name}`,
  };
}

/** WorkingDirectory= takes no quotes. */
function folderProblem(folder: string): Problem | undefined {
  if (!/\p{Cc}|[\\\s]$/u.test(folder)) return undefined;
  const message = `a unit can't name the project's folder ${JSON.stringify(folder)}`;
  return {
    code: 'schedule-folder',
    message,
    remedy: 'Rename it: no control characters, no blank or backslash at its end.',
  };
}

function notWritten({ folder, scope }: UnitPlace, error: unknown): Problem {
  return {
    code: 'unit-unwritable',
    file: folder,
    message: `units can't be written here: ${error instanceof Error ? error.message : String(error)}`,
    remedy:
      scope === 'system'
        ? 'Run as root, or use --to user.'
        : 'See to the folder, or name another with --unit-dir.',
  };
}
