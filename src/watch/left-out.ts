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
 * where fewer are up, those that fell last stay with them, as they are the likeliest to be well again; of those that fell at
 * the same moment, the first of the inventory.
 */
export function leftOut(members: readonly Member[], atLeast: number): ReadonlyMap<string, Reason> {
  const out = new Map<string, Reason>();
  const candidates = members.filter(({ isDraining }) => !isDraining);
  const down = candidates.filter(({ downSince }) => downSince !== undefined);
  const spared = Math.max(0, atLeast - (candidates.length - down.length));
  const newestFirst = down.toSorted((a, b) => (b.downSince ?? 0) - (a.downSince ?? 0));
  const kept = new Set(newestFirst.slice(0, spared).map(({ name }) => name));
  for (const { name, isDraining, downSince } of members) {
    if (isDraining) out.set(name, 'draining');
    else if (downSince !== undefined && !kept.has(name)) out.set(name, 'down');
  }
  return out;
}
