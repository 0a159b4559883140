import type { Event } from '../rollout/events.ts';

/** Names a check of a host among those that failed before its change. */
export function failedKey(play: string, host: string, check: string): string {
  return JSON.stringify([play, host, check]);
}

/** What earlier processes of a run saw fail before a host's change, by `failedKey`. */
export function failedBeforeIn(events: readonly Event[]): Set<string> {
  const failed = new Set<string>();
  for (const event of events) {
    if (event.type !== 'check.observed' || event.isBefore !== true) continue;
    const key = failedKey(event.play, event.host, event.check);
    if (event.verdict === 'pass') failed.delete(key);
    else failed.add(key);
  }
  return failed;
}
