import type { DropsWatch } from '../playbook/model.ts';
import type { DropRate } from './outcome.ts';

/** How much the watched rules of a host drop, before its wave and after it. */
export type DropsComparison = {
  /** Packets a second, of all watched rules together. */
  readonly before: number;
  readonly after: number;
  /** The most that `after` may be. */
  readonly limit: number;
  readonly isOver: boolean;
  /** The sum behind it: `120.0/s after the wave, 40.0/s before: more than 60.0/s (50 % more) …`. */
  readonly arithmetic: string;
  /** The rules that grew most, at most three, the first one most. */
  readonly rules: readonly { readonly rule: string; readonly before: number; readonly after: number }[];
};

const MOST_RULES = 3;

/** Compares what was dropped before a wave with what is dropped after it. Rules that are new dropped nothing before. Pure. */
export function compareDrops(
  before: readonly DropRate[],
  after: readonly DropRate[],
  { increasePercentage, atLeastPerSecond }: DropsWatch,
): DropsComparison {
  const earlier = summed(before);
  const sums = { before: sumOf(before), after: sumOf(after) };
  const limit = Math.max(sums.before * (1 + increasePercentage / 100), sums.before + atLeastPerSecond);
  const isOver = sums.after > limit;
  const grown = [...summed(after)]
    .map(([rule, rate]) => ({ rule, before: earlier.get(rule) ?? 0, after: rate }))
    .filter((one) => one.after > one.before)
    .toSorted((left, right) => right.after - right.before - (left.after - left.before));
  const margin = `${increasePercentage} % and ${atLeastPerSecond}/s more`;
  return {
    ...sums,
    limit,
    isOver,
    arithmetic: `${rate(sums.after)} dropped after the wave, ${rate(sums.before)} before it: ${isOver ? '>' : '≤'} ${rate(limit)} (${margin})`,
    rules: grown.slice(0, MOST_RULES),
  };
}

/** Two rules of the same words count as one. */
function summed(rates: readonly DropRate[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { rule, perSecond } of rates) sums.set(rule, (sums.get(rule) ?? 0) + perSecond);
  return sums;
}

function sumOf(rates: readonly DropRate[]): number {
  return rates.reduce((sum, { perSecond }) => sum + perSecond, 0);
}

function rate(perSecond: number): string {
  return `${perSecond.toFixed(1)}/s`;
}
