import { formatInterval } from '../../../schedule/interval.ts';
import type { UnitScope } from '../../../schedule/units.ts';
import { unitNames } from '../../../schedule/units.ts';
import { type LastRun, lastRunOf } from './last-run.ts';
import type { Installed } from './places.ts';
import { systemctl } from './systemctl.ts';

/** What a run's exit code says, in a few words. */
const ENDS: ReadonlyMap<number, string> = new Map([
  [0, 'in line'],
  [1, 'could not run'],
  [2, 'hosts failed, or were rolled back'],
  [3, 'drifted'],
  [4, 'hosts unreachable'],
  [130, 'stopped'],
]);

/** One schedule as `list` shows it: what, every, when, and how it went. `isSystemdHere`: whether systemd can be asked. */
export async function describeSchedule(
  { name, place, schedule }: Installed,
  isSystemdHere: boolean,
): Promise<string> {
  const { service } = unitNames(name);
  if (schedule === undefined)
    return `${name}\n    ${place.folder}/${service} was changed by hand: it can't be read back\n`;
  const { everyMinutes, delaySeconds, work, folder } = schedule;
  const rows = [
    `every    ${formatInterval(everyMinutes)}, up to ${delaySeconds} s later (${place.scope} units in ${place.folder})`,
    `runs     ${work.filter((word, at) => at < 2 && (at === 0 || word === '--only-drifted')).join(' ')} ${work.at(-1)}, in ${folder}`,
    ...(isSystemdHere && place.isSystemds ? [`timer    ${await describeTimer(place.scope, name)}`] : []),
    `last run ${describeLast(await lastRunOf(schedule))}`,
  ];
  return `${name}\n${rows.map((row) => `    ${row}\n`).join('')}`;
}

function describeLast(last: LastRun | undefined): string {
  if (last === undefined) return 'none in the journal';
  const { exitCode, startedAt, folder } = last;
  const end =
    exitCode === undefined ? 'under way, or cut' : `${ENDS.get(exitCode) ?? 'ended'} (exit code ${exitCode})`;
  return `${startedAt}: ${end}; ${folder}`;
}

/** A timer that systemd can't be asked about is shown as that: the rest of the list is still worth seeing. */
async function describeTimer(scope: UnitScope, name: string): Promise<string> {
  const properties = [
    'ActiveState',
    'SubState',
    'NextElapseUSecRealtime',
    'NextElapseUSecMonotonic',
    'LastTriggerUSec',
  ];
  const asked = ['show', unitNames(name).timer, ...properties.map((property) => `--property=${property}`)];
  const said = await systemctl({ scope }, asked).catch(() => undefined);
  if (said === undefined) return 'systemd does not answer';
  const value = (key: string) => new RegExp(`^${key}=(.+)$`, 'm').exec(said)?.[1];
  if (value('ActiveState') !== 'active')
    return `not running: systemctl enable --now ${unitNames(name).timer}`;
  // While its service runs, a timer has no next time.
  if (value('SubState') === 'running') return `runs now, since ${value('LastTriggerUSec') ?? '?'}`;
  const next = value('NextElapseUSecRealtime') ?? `${value('NextElapseUSecMonotonic') ?? '?'} after boot`;
  return `next ${next}; last ${value('LastTriggerUSec') ?? 'never'}`;
}
