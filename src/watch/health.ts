/** What is known of a backend, from one place. Times are milliseconds since 1970. */
export type Health = {
  readonly status: 'up' | 'down';
  /** When it became so; of one that was never down, when it was first looked at. */
  readonly since: number;
  /** Looks in a row that say otherwise. */
  readonly against: number;
  /** When it fell, within the last ten minutes, the oldest first. */
  readonly falls: readonly number[];
  /** What the last look that counted saw, in words. */
  readonly seen: string;
};

export type Look = {
  /** `unknown`: nobody could look, which says nothing about the backend. */
  readonly verdict: 'pass' | 'fail' | 'unknown';
  readonly seen: string;
  readonly at: number;
};

/** HAProxy's words: so many failures in a row and it is down, so many passes in a row and it is up again. */
export type Patience = { readonly fall: number; readonly rise: number };

/** Falls are remembered so long. */
export const MEMORY_MS = 10 * 60_000;
/** More passes in a row than this are never asked for, unless `rise` itself does. */
const MOST_RISE = 64;

/** What a backend counts as before it was looked at: it stays in the rules until looks say otherwise. */
export function unseen(at: number): Health {
  return { status: 'up', since: at, against: 0, falls: [], seen: '' };
}

/**
 * What one more look makes of a backend. Only looks in a row change anything, and each further fall within ten minutes doubles the
 * passes that bring it back: one that flaps changes the rules ever more rarely.
 */
export function afterLook(before: Health, { verdict, seen, at }: Look, patience: Patience): Health {
  if (verdict === 'unknown') return before;
  const falls = before.falls.filter((fall) => at - fall < MEMORY_MS);
  const isAgainst = (verdict === 'pass') !== (before.status === 'up');
  if (!isAgainst) return { ...before, against: 0, falls, seen };
  const against = before.against + 1;
  const needed = before.status === 'up' ? patience.fall : passesToRise(falls.length, patience);
  if (against < needed) return { ...before, against, falls, seen };
  return before.status === 'up'
    ? { status: 'down', since: at, against: 0, falls: [...falls, at], seen }
    : { status: 'up', since: at, against: 0, falls, seen };
}

/** How many passes in a row bring a backend back that fell so often of late. */
export function passesToRise(falls: number, { rise }: Patience): number {
  return Math.max(rise, Math.min(MOST_RISE, rise * 2 ** Math.max(0, falls - 1)));
}
