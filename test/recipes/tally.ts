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
