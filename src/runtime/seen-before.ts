import type { Event } from '../rollout/events.ts';

/** What each check of a host saw before the host's change, by `beforeKey`: `fail` is whatever is no pass. */
export type SeenBefore = Map<string, 'pass' | 'fail'>;

/** Names a check of a host. */
export function beforeKey(play: string, host: string, check: string): string {
  return JSON.stringify([play, host, check]);
}

/** What earlier processes of a run saw. */
export function seenBeforeIn(events: readonly Event[]): SeenBefore {
  const seen: SeenBefore = new Map();
  for (const event of events) {
    if (event.type !== 'check.observed' || event.isBefore !== true) continue;
    seen.set(beforeKey(event.play, event.host, event.check), event.verdict === 'pass' ? 'pass' : 'fail');
  }
  return seen;
}
