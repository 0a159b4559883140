import type { Codec } from './module.ts';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

/** `8:00`, `18:00:30`. */
export const timeOfDay: Codec = (text) => {
  const [, hours = '', minutes = '', seconds = '0'] = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?$/.exec(text) ?? [];
  if (hours === '' || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  return [hours, minutes, seconds].map((part) => part.padStart(2, '0')).join(':');
};

/** `2020-01-31`, `2020-01-31T10:00`, with seconds or without. */
export const dateAndTime: Codec = (text, context) => {
  const [, year = '', month = '', day = '', clock = '00:00'] =
    /^(\d{4})-(\d{2})-(\d{2})(?:T(.+))?$/.exec(text) ?? [];
  const [saved, days] = [timeOfDay(clock, context), daysIn(Number(year), Number(month))];
  if (saved === undefined || Number(year) < 1971 || Number(year) > 2037) return undefined;
  return Number(day) >= 1 && Number(day) <= days ? `${year}-${month}-${day}T${saved}` : undefined;
};

export const weekdays: Codec = (text) => {
  const given = text.split(',').map((day) => DAYS.find((name) => name === day) ?? (/^[1-7]$/.test(day) ? DAYS[Number(day) - 1] : undefined)); // biome-ignore format: short
  const chosen = DAYS.filter((name) => given.includes(name));
  // All of them are as good as none, and saved neither way for certain.
  return given.includes(undefined) || chosen.length === DAYS.length ? undefined : chosen.join(',');
};

export const monthDays: Codec = (text) => {
  const given = text.split(',').map(Number);
  if (!/^\d{1,2}(,\d{1,2})*$/.test(text) || given.some((day) => day < 1 || day > 31)) return undefined;
  return [...new Set(given)].sort((a, b) => a - b).join(',');
};

/** The days that a negated list leaves, if any. */
export const otherWeekdays: Codec = (text, context) => {
  const without = weekdays(text, context)?.split(',');
  return without && DAYS.filter((name) => !without.includes(name)).join(',');
};

export const otherMonthDays: Codec = (text, context) => {
  const without = monthDays(text, context)?.split(',');
  const others = Array.from({ length: 31 }, (_, at) => `${at + 1}`).filter((day) => !without?.includes(day));
  return without === undefined || others.length === 0 ? undefined : others.join(',');
};

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  if (month < 1 || month > 12) return 0;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
