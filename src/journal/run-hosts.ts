import type { Event, RecapRow } from '../rollout/events.ts';
import { fateKey } from './fates.ts';

/** `failed` counts hosts that a person must look at; `unreached` those that the run had no answer of, or never got to. */
type State = 'failed' | 'unreached' | 'rolled_back';

/** The hosts that a run left so in any of its plays, by its recap. Pure. */
export function hostsLeft(
  state: State,
  recap: readonly RecapRow[],
  events: readonly Event[],
): readonly string[] {
  const spared = state === 'unreached' ? sparedIn(events) : new Map<string, number>();
  const isLeft = (row: RecapRow): boolean => {
    switch (state) {
      case 'failed':
        return row.failed > 0;
      case 'rolled_back':
        return row.rolledBack > 0;
      case 'unreached':
        return row.unreachable > 0 || row.notStarted > (spared.get(row.host) ?? 0);
    }
  };
  return recap.filter(isLeft).map(({ host }) => host);
}

/** In how many plays a host was compared, and left as it was for the play's or its own sake: not because the run ended before it. */
function sparedIn(events: readonly Event[]): ReadonlyMap<string, number> {
  const reporting = new Set<string>();
  const spared = new Set<string>();
  const counts = new Map<string, number>();
  for (const event of events) {
    if (event.type === 'play.started' && event.enforce === false) reporting.add(event.play);
    if (event.type !== 'host.finished' || event.outcome.kind !== 'changed') continue;
    const key = fateKey(event.play, event.host);
    if (spared.has(key) || !(reporting.has(event.play) || event.outcome.left !== undefined)) continue;
    spared.add(key);
    counts.set(event.host, (counts.get(event.host) ?? 0) + 1);
  }
  return counts;
}
