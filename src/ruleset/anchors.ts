/** A line that stands at `before` in one text and at `after` in the other, and only there. */
export type Anchor = { readonly before: number; readonly after: number };

/**
 * The longest row of lines that both texts hold exactly once, in the same order (Bram Cohen's patience diff): n log n steps however
 * different the texts are, and rules are nearly always unique.
 */
export function findAnchors(before: readonly string[], after: readonly string[]): readonly Anchor[] {
  const [old, young] = [uniqueLines(before), uniqueLines(after)];
  const pairs: Anchor[] = [];
  for (const [line, at] of old) {
    const other = young.get(line);
    if (other !== undefined) pairs.push({ before: at, after: other });
  }
  return longestRising(pairs.sort((a, b) => a.before - b.before));
}

function uniqueLines(lines: readonly string[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  const repeated = new Set<string>();
  lines.forEach((line, at) => {
    if (places.has(line)) repeated.add(line);
    places.set(line, at);
  });
  for (const line of repeated) places.delete(line);
  return places;
}

type Card = { readonly pair: Anchor; readonly previous: Card | undefined };

/** Patience sorting: each card goes onto the leftmost pile whose top is greater, and remembers the top to its left. */
function longestRising(pairs: readonly Anchor[]): readonly Anchor[] {
  const tops: Card[] = [];
  for (const pair of pairs) {
    let [low, high] = [0, tops.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((tops[middle]?.pair.after ?? 0) < pair.after) low = middle + 1;
      else high = middle;
    }
    tops[low] = { pair, previous: tops[low - 1] };
  }
  const row: Anchor[] = [];
  for (let card = tops.at(-1); card !== undefined; card = card.previous) row.push(card.pair);
  return row.reverse();
}
