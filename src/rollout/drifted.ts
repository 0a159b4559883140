import { limitWaves } from '../plan/waves.ts';
import type { NotStarted, Outcome } from './outcome.ts';
import type { PlannedPlay } from './plan.ts';

/** The hosts that a comparison found drifted, and that are to be mended. */
export function driftedOf(compared: readonly Outcome[]): ReadonlySet<string> {
  return new Set(
    compared.flatMap((outcome) =>
      outcome.kind === 'changed' && outcome.left === undefined ? [outcome.host] : [],
    ),
  );
}

/** A host that would change, and is left as it is. */
export function leftAlone(outcome: Outcome, because: NotStarted | undefined): Outcome {
  if (outcome.kind !== 'changed' || because === undefined) return outcome;
  const { host, attempt } = outcome;
  return { host, attempt, kind: 'not_started', because };
}

/**
 * A play of only some of its hosts. A canary that isn't among them gives way to the first one of them, as under --limit.
 */
export function narrowed(play: PlannedPlay, chosen: ReadonlySet<string>): PlannedPlay {
  const isChosen = (host: string) => chosen.has(host);
  return { ...play, hosts: play.hosts.filter(isChosen), waves: limitWaves(play.waves, isChosen) };
}
