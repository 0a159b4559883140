import { closest, distance } from 'fastest-levenshtein';

/** `Did you mean "x"? ` where a known name is near enough to be a slip of the fingers, otherwise nothing. */
export function didYouMean(wrong: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const best = closest(wrong, [...known]);
  return distance(wrong, best) <= Math.max(1, Math.floor(wrong.length / 3)) ? `Did you mean "${best}"? ` : '';
}
