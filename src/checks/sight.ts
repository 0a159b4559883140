import type { Observation, Verdict } from './model.ts';

/** What one try of a check saw. */
export type Sight = Pick<Observation, 'obstacle'> & {
  readonly verdict: Verdict;
  /** In the words of `Observation.seen`. */
  readonly seen: string;
  /** True when another try could not see anything else: a lost connection, a missing tool. */
  readonly isFinal?: boolean;
};

/** `5 s`, `0.3 s`. */
export function formatSeconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(1))} s`;
}

/** One line of at most `length` characters without control characters: what a far side printed goes to terminals and logs. */
export function oneLine(text: string, length = 200): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}
