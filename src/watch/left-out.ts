/** A backend as the rules see it. */
export type Member = {
  readonly name: string;
  readonly isDraining: boolean;
  /** Since when it is down, in milliseconds since 1970; absent: it is up, or nobody looked. */
  readonly downSince?: number;
};

export type Reason = 'draining' | 'down';

/**
 * Which members of a pool are left out of the rules, and why. Those that drain always are. Of the others at least `atLeast` stay:
 * where fewer are up, those that fell last stay with them, as they are the likeliest to be well again. Those that fell at the same
 * moment stay or go together: where all do so at once, it is the looking that has failed, and one alone would get everybody's work.
 */
export function leftOut(members: readonly Member[], atLeast: number): ReadonlyMap<string, Reason> {
  const out = new Map<string, Reason>();
  const candidates = members.filter(({ isDraining }) => !isDraining);
  const down = candidates.filter(({ downSince }) => downSince !== undefined);
  const spared = Math.max(0, atLeast - (candidates.length - down.length));
  const newestFirst = down.map((member) => member.downSince ?? 0).toSorted((a, b) => b - a);
  // The last one that has to stay; everybody who fell then or later stays with it.
  const keptSince = newestFirst[Math.min(spared, down.length) - 1] ?? Number.POSITIVE_INFINITY;
  for (const { name, isDraining, downSince } of members) {
    if (isDraining) out.set(name, 'draining');
    else if (downSince !== undefined && downSince < keptSince) out.set(name, 'down');
  }
  return out;
}
