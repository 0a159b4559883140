import type { Event } from '../rollout/events.ts';

/**
 * What a run left a host with, of one play. `own`: what the run wanted, by change or because it stood there already;
 * `earlier`: whatever it had before the run; `unknown`: the run, or its end, doesn't say.
 */
export type Fate =
  | { readonly kind: 'own'; readonly playIndex: number; readonly attempt: number; readonly token?: string }
  | { readonly kind: 'earlier' }
  | { readonly kind: 'unknown'; readonly why: string };

/** Names a play of a host. */
export function fateKey(play: string, host: string): string {
  return `${play}\0${host}`;
}

/** What a run left each of its hosts with, per play: by `fateKey`. Pure. */
export function fatesOf(events: readonly Event[]): ReadonlyMap<string, Fate> {
  const fates = new Map<string, Fate>();
  const plays: string[] = [];
  // After such a decision, further attempts of the play's wave take changes back.
  let undoing: string | undefined;
  for (const event of events) {
    switch (event.type) {
      case 'play.started':
        // A look at a play comes before the play itself.
        if (!plays.includes(event.play)) plays.push(event.play);
        for (const host of event.hosts) fates.set(fateKey(event.play, host), { kind: 'earlier' });
        break;
      case 'gate.decided':
        undoing = event.decision === 'roll_back_wave' ? event.play : undefined;
        break;
      case 'host.armed':
        fates.set(fateKey(event.play, event.host), {
          kind: 'unknown',
          why: 'the run was killed while the host was on trial',
        });
        break;
      case 'host.finished': {
        // A look leaves a host as it is.
        if (event.job === 'plan' || event.job === 'drift' || event.job === 'check') break;
        const isUndo = event.job === 'undo' || undoing === event.play;
        const fate = fateOf(event, plays.indexOf(event.play), isUndo);
        if (fate !== undefined) fates.set(fateKey(event.play, event.host), fate);
        break;
      }
      default:
    }
  }
  return fates;
}

function fateOf(
  { outcome }: Extract<Event, { type: 'host.finished' }>,
  playIndex: number,
  isUndo: boolean,
): Fate | undefined {
  const { attempt } = outcome;
  switch (outcome.kind) {
    case 'not_started':
      return undefined;
    case 'ok':
      return isUndo ? { kind: 'earlier' } : { kind: 'own', playIndex, attempt };
    case 'changed':
      return isUndo ? { kind: 'earlier' } : { kind: 'own', playIndex, attempt, token: outcome.token };
    case 'unknown':
      return { kind: 'unknown', why: outcome.problem.message };
    default:
      return isUndo
        ? { kind: 'unknown', why: `its change was not taken back with its wave: ${outcome.problem.message}` }
        : { kind: 'earlier' };
  }
}
