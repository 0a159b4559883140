/** A backend that new connections are shared among. */
export type Load = {
  readonly name: string;
  /** What it weighs by itself: how much of the work is meant for it. */
  readonly weight: number;
  /** Established connections to it. */
  readonly connections: number;
};

/** The heaviest weighs this: an exact recipe has one rule for each unit. */
const HEAVIEST = 10;
/** A share of new connections that moves by less than this is no reason to write rules anew. */
const DEAD_BAND = 0.1;
/** With fewer connections to each backend than this, on average, their differences are chance. */
const FEWEST = 4;

/**
 * Weights by which the next connections go to those that have fewest, for what each weighs by itself: 41, 9 and 10 connections give
 * 2, 10 and 9. Undefined where there are too few connections to tell.
 */
export function weigh(loads: readonly Load[]): ReadonlyMap<string, number> | undefined {
  const sharing = loads.filter(({ weight }) => weight > 0);
  const total = sharing.reduce((sum, { connections }) => sum + connections, 0);
  if (sharing.length < 2 || total < FEWEST * sharing.length) return undefined;
  const pull = sharing.map(({ weight, connections }) => weight / (connections / weight + 1));
  const strongest = Math.max(...pull);
  const weights = new Map(
    sharing.map(({ name }, index) => [
      name,
      Math.max(1, Math.round((HEAVIEST * (pull[index] ?? 0)) / strongest)),
    ]),
  );
  return new Map(loads.map(({ name }) => [name, weights.get(name) ?? 0]));
}

/** Whether some backend's share of new connections would be another by so much that rules are worth writing anew. */
export function isWorthIt(now: ReadonlyMap<string, number>, next: ReadonlyMap<string, number>): boolean {
  const names = new Set([...now.keys(), ...next.keys()]);
  return [...names].some((name) => Math.abs(share(now, name) - share(next, name)) >= DEAD_BAND);
}

function share(weights: ReadonlyMap<string, number>, name: string): number {
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  return total === 0 ? 0 : (weights.get(name) ?? 0) / total;
}
