import { cronFields } from './interval.ts';
import { commandOf, type Launcher, type Schedule } from './model.ts';

/**
 * The line of a crontab that runs a schedule; undefined where cron can't say the interval, or the line can't hold a path. cron
 * makes a line end of each `%` without a backslash.
 * @see crontab(5)
 */
export function formatCronLine(schedule: Schedule, launcher: Launcher): string | undefined {
  const fields = cronFields(schedule.everyMinutes);
  const flags = schedule.delaySeconds === 0 ? [] : ['--delay', `${schedule.delaySeconds}s`];
  const words = commandOf(launcher, schedule, flags);
  if (fields === undefined || [schedule.folder, ...words].some((word) => /\p{Cc}/u.test(word)))
    return undefined;
  const command = `cd ${shellWord(schedule.folder)} && ${words.map(shellWord).join(' ')}`;
  return `${fields} ${command.replaceAll('%', '\\%')}`;
}

function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
