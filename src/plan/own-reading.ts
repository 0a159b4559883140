import type { OwnReading, Undecided } from '../ruleset/canonical/own-reading.ts';

export type { OwnReading };

const NAMED = 20;

/** Says in words that a comparison is sluice's own, and names what it can't decide. */
export function ownReadingNotes(reading: OwnReading | undefined): readonly string[] {
  if (reading === undefined) return [];
  const { why, undecided } = reading;
  const more = undecided.length - NAMED;
  return [
    `compared by sluice's own reading of rules, as no shadow namespace can be made here (${why}): its kernel was not asked whether it takes them, and apply refuses it`,
    ...undecided.slice(0, NAMED).map(noteOf),
    ...(more > 0 ? [`and ${more} more that can't be decided: --json names them all`] : []),
  ];
}

function noteOf({ where, line, reason, isAlike }: Undecided): string {
  return isAlike
    ? `taken for the same, as the kernel printed the same words, though ${reason}: ${where}: ${line}`
    : `may be no difference, as ${reason}: ${where}: ${line}`;
}
