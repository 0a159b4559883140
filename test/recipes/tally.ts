import type { Outcome } from './agent.ts';

/** How many outcomes there were of each kind: by the name of who answered, else by how it ended. */
export function tally(outcomes: readonly Outcome[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) {
    const word = outcome.end === 'answered' ? outcome.by : outcome.end;
    counts[word] = (counts[word] ?? 0) + 1;
  }
  return counts;
}

/** Every address that somebody who answered was asked from, sorted. */
export function sourcesSeen(outcomes: readonly Outcome[]): readonly string[] {
  const seen = outcomes.flatMap((outcome) => (outcome.end === 'answered' ? [outcome.source] : []));
  return [...new Set(seen)].sort();
}

/**
 * Which counts are further from their share than chance explains: six standard deviations, which is one false alarm in 500 million counts.
 *
 * @param shares of each name, together 1
 * @returns a line for each name that is off, or that has no share at all
 */
export function beyondChance(
  counts: Readonly<Record<string, number>>,
  shares: Readonly<Record<string, number>>,
): readonly string[] {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return [...new Set([...Object.keys(shares), ...Object.keys(counts)])].flatMap((name) => {
    const [count, share] = [counts[name] ?? 0, shares[name] ?? 0];
    const deviation = Math.sqrt(total * share * (1 - share));
    const isOff = Math.abs(count - total * share) > 6 * deviation;
    return isOff
      ? [`${name}: ${count} of ${total}, not ${total * share} ± ${Math.round(6 * deviation)}`]
      : [];
  });
}
