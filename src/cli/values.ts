import { parseDuration } from '../playbook/duration.ts';

/**
 * What flags take. Each function makes the `coerce` of one flag, which throws an Error that says what is wrong with the
 * value: yargs reports no more of it than its message.
 */

const longestSeconds = 86_400;

/** Text that isn't empty: an empty `--limit`, as from a shell variable that isn't set, must not pass for no limit. */
export function text(flag: string): (given: unknown) => string {
  return (given) => {
    const value = String(once(flag, given));
    if (value.trim() === '') throw new Error(`${flag} is empty: give it a value, or leave it out`);
    return value;
  };
}

/** As `text`, for a flag that may be repeated: an empty `-i` would read every file of the working directory. */
export function texts(flag: string): (given: readonly unknown[]) => string[] {
  return (given) => given.map(text(flag));
}

/** One of yargs' `choices`, which are checked by yargs. */
export function choice<T>(flag: string): (given: T | readonly T[]) => T {
  return (given) => once(flag, given) as T;
}

/** 1, 2, 3 … */
export function wholeNumber(flag: string): (given: unknown) => number {
  return numberUpTo(flag, Number.MAX_SAFE_INTEGER, 'a whole number from 1');
}

/** Whole seconds, up to a day. */
export function seconds(flag: string): (given: unknown) => number {
  return numberUpTo(flag, longestSeconds, `a whole number of seconds, 1 to ${longestSeconds}`);
}

/** Milliseconds of a duration with its unit, up to a day; `0` is none. */
export function duration(flag: string): (given: unknown) => number {
  return (given) => {
    const written = String(once(flag, given)).trim();
    const wantedSeconds = /^(0|[\d.]+(ms|s|m|h))$/.test(written) ? parseDuration(written) : Number.NaN;
    if (wantedSeconds >= 0 && wantedSeconds <= longestSeconds) return Math.round(wantedSeconds * 1000);
    throw new Error(
      `${flag} is ${JSON.stringify(written)}: it must be a time such as 30s, 10m or 1h, up to a day`,
    );
  };
}

function numberUpTo(flag: string, most: number, words: string): (given: unknown) => number {
  return (given) => {
    const written = String(once(flag, given)).trim();
    const value = Number(written);
    if (/^\d+$/.test(written) && value >= 1 && value <= most) return value;
    throw new Error(`${flag} is ${JSON.stringify(written)}: it must be ${words}`);
  };
}

/** yargs makes a list of what is given twice. Neither one's win would be what everybody expects. */
function once(flag: string, given: unknown): unknown {
  if (!Array.isArray(given)) return given;
  throw new Error(`${flag} stands ${given.length} times (${given.join(', ')}): give it once`);
}
