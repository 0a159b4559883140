const MINUTES: Readonly<Record<string, number>> = { m: 1, min: 1, h: 60, d: 1440, w: 10_080 };
const longestMinutes = 30 * 1440;

/**
 * The minutes of an interval such as `15m`, `6h`, `1d`, `1w`: whole ones, 1 minute to 30 days.
 * @throws Error with what is wrong with it
 */
export function parseInterval(written: string): number {
  const [, number = '', unit = ''] = /^(\d+) ?([a-z]+)$/.exec(written.trim()) ?? [];
  const minutes = unit === 's' ? Number(number) / 60 : Number(number) * (MINUTES[unit] ?? Number.NaN);
  if (Number.isInteger(minutes) && minutes >= 1 && minutes <= longestMinutes) return minutes;
  throw new Error(
    `${JSON.stringify(written)} is no interval: write whole minutes, hours, days or weeks, from 1m to 30d, as 15m, 6h or 1d`,
  );
}

/**
 * The seconds of a delay such as `90s`, `5m`, or `0`.
 * @throws Error with what is wrong with it
 */
export function parseDelay(written: string): number {
  if (written.trim() === '0') return 0;
  const [, number = '', unit = ''] = /^(\d+) ?([a-z]+)$/.exec(written.trim()) ?? [];
  const seconds = unit === 's' ? Number(number) : Number(number) * 60 * (MINUTES[unit] ?? Number.NaN);
  if (Number.isInteger(seconds) && seconds <= longestMinutes * 60) return seconds;
  throw new Error(
    `${JSON.stringify(written)} is no delay: write 0, or seconds, minutes or hours, as 90s or 5m`,
  );
}

/** `15 min`, `6 h`, `1 day`, `30 days`. */
export function formatInterval(minutes: number): string {
  const days = minutes / 1440;
  if (Number.isInteger(days)) return days === 1 ? '1 day' : `${days} days`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}

/** A tenth of the interval: many controllers don't ask one fleet at the same second. */
export function defaultDelay(minutes: number): number {
  return minutes * 6;
}

/**
 * When a timer of systemd elapses. Where the interval divides the hour, the day or the week, by the calendar: then a run that was
 * missed while the machine was off is made up for. Otherwise counted from the last run, the first a minute after the start.
 * @see systemd.timer(5), systemd.time(7)
 */
export function timerLines(minutes: number): readonly string[] {
  const calendar = calendarOf(minutes);
  return calendar === undefined
    ? ['OnActiveSec=1min', `OnUnitActiveSec=${minutes}min`]
    : [`OnCalendar=${calendar}`, 'Persistent=true'];
}

function calendarOf(minutes: number): string | undefined {
  const hours = minutes / 60;
  if (minutes < 60 && 60 % minutes === 0) return `*-*-* *:00/${minutes}:00`;
  if (Number.isInteger(hours) && hours < 24 && 24 % hours === 0) return `*-*-* 00/${hours}:00:00`;
  if (hours === 24) return '*-*-* 00:00:00';
  return hours === 24 * 7 ? 'Mon *-*-* 00:00:00' : undefined;
}

/** The five fields of a crontab; undefined where they can't say it: in them, every seventh minute begins anew with each hour. */
export function cronFields(minutes: number): string | undefined {
  const hours = minutes / 60;
  if (minutes === 1) return '* * * * *';
  if (minutes < 60 && 60 % minutes === 0) return `*/${minutes} * * * *`;
  if (hours === 1) return '0 * * * *';
  if (Number.isInteger(hours) && hours < 24 && 24 % hours === 0) return `0 */${hours} * * *`;
  if (hours === 24) return '0 0 * * *';
  return hours === 24 * 7 ? '0 0 * * 1' : undefined;
}
