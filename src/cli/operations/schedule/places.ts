import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { type Problem, ProblemsError } from '../../../problem.ts';
import type { Schedule } from '../../../schedule/model.ts';
import { isOurs, parseUnits, scheduleOfFile, type UnitScope, unitNames } from '../../../schedule/units.ts';

/** A folder of units. */
export type UnitPlace = {
  readonly scope: UnitScope;
  readonly folder: string;
  /** False for a folder that was named: then systemd is told nothing. */
  readonly isSystemds: boolean;
};

/** A schedule that is installed. */
export type Installed = {
  readonly name: string;
  readonly place: UnitPlace;
  /** Undefined where its files were changed so that they can't be read back. */
  readonly schedule: Schedule | undefined;
};

/** As sd_booted(3) asks. */
export function isSystemdRunning(): boolean {
  return existsSync('/run/systemd/system');
}

export function unitPlace(scope: UnitScope, named?: string): UnitPlace {
  if (named !== undefined) return { scope, folder: path.resolve(named), isSystemds: false };
  const own = path.join(process.env.XDG_CONFIG_HOME || path.join(homedir(), '.config'), 'systemd/user');
  return { scope, folder: scope === 'system' ? '/etc/systemd/system' : own, isSystemds: true };
}

/** Where `list`, `run` and `remove` look. */
export function knownPlaces(named: string | undefined): readonly UnitPlace[] {
  return named === undefined ? [unitPlace('system'), unitPlace('user')] : [unitPlace('system', named)];
}

/** Every schedule of these places, by name. */
export async function findSchedules(places: readonly UnitPlace[]): Promise<readonly Installed[]> {
  const found = await Promise.all(
    places.map(async (place) => {
      const files = await readdir(place.folder).catch(() => []);
      const names = files.sort().flatMap((file) => scheduleOfFile(file) ?? []);
      return (await Promise.all(names.map((name) => readSchedule(place, name)))).flat();
    }),
  );
  return found.flat();
}

/** The one schedule of that name. @throws ProblemsError where there is none, or one in each place */
export async function findSchedule(places: readonly UnitPlace[], name: string): Promise<Installed> {
  const all = await findSchedules(places);
  const [found, other] = all.filter((one) => one.name === name);
  if (found !== undefined && other === undefined) return found;
  const folders = places.map(({ folder }) => folder).join(' or ');
  const names = [...new Set(all.map((one) => one.name))].join(', ');
  const problem: Problem =
    found === undefined
      ? {
          code: 'schedule-unknown',
          message: `there is no schedule ${name} in ${folders}`,
          remedy: `${names === '' ? 'There is none at all.' : `There are: ${names}.`} Lines of a crontab are not looked at: crontab -l shows them.`,
        }
      : {
          code: 'schedule-ambiguous',
          message: `there is a schedule ${name} in ${folders.replace(' or ', ' and in ')}`,
          remedy: 'Say which one: --unit-dir FOLDER.',
        };
  throw new ProblemsError([problem]);
}

/** None where the file is somebody else's. */
async function readSchedule(place: UnitPlace, name: string): Promise<readonly Installed[]> {
  const { service, timer } = unitNames(name);
  const read = (file: string) => readFile(path.join(place.folder, file), 'utf8').catch(() => '');
  const text = await read(service);
  if (!isOurs(text)) return [];
  return [{ name, place, schedule: parseUnits(name, text, await read(timer)) }];
}
