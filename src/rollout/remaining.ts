import type { Wave } from '../plan/waves.ts';
import type { Problem } from '../problem.ts';
import type { Event } from './events.ts';
import type { PlannedPlay } from './plan.ts';

/** What is left of a play. */
export type Remaining = { readonly hosts: readonly string[]; readonly waves: readonly Wave[] };

/**
 * A play without the hosts that earlier plays lost, as in Ansible. Waves of which nobody is left go with them.
 *
 * We intentionally keep an empty canary, for the gate to halt at: going on without it would put the change on the next
 * wave, unproven.
 */
export function remainingOf(play: PlannedPlay, lost: ReadonlySet<string>): Remaining {
  const isLeft = (host: string) => !lost.has(host);
  const waves = play.waves.map((wave) => ({ ...wave, hosts: wave.hosts.filter(isLeft) }));
  return {
    hosts: play.hosts.filter(isLeft),
    waves: waves.filter(({ isCanary, hosts }) => isCanary || hosts.length > 0),
  };
}

/** Whether a run changes nobody any more by what it decided itself: all that is left of it is to go back. */
export function isGoingBack(events: readonly Event[]): boolean {
  return events.some(
    (event) => (event.type === 'gate.decided' || event.type === 'wave.baked') && event.decision !== 'proceed',
  );
}

/** Names the hosts that a play goes without; undefined when it has all of them. */
export function leftOutOf(play: PlannedPlay, lost: ReadonlySet<string>): Problem | undefined {
  const names = play.hosts.filter((host) => lost.has(host));
  if (names.length === 0) return undefined;
  const list = names.join(',');
  return {
    code: 'hosts-left-out',
    message: `play "${play.id}" goes without ${names.length} of its ${play.hosts.length} hosts, which failed in an earlier play: ${list}`,
    remedy: `Mend them, then run again with --limit ${list}`,
  };
}
