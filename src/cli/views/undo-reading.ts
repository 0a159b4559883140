import type { Event } from '../../rollout/events.ts';
import { outcomeAfterUndo } from '../../rollout/jobs.ts';

/**
 * While a wave is taken back, its hosts go through the steps of a change once more: this reads them as what they mean for
 * the host. An undo that succeeds is a rollback; one that the gateway itself took back leaves the change standing, and
 * a person is needed. What an undo would change is the reverse of what was shown before.
 */
export class UndoReading {
  /** Why the wave is taken back, while it is. */
  #why: string | undefined;

  /** The event as it is to be shown; undefined when not at all. */
  read(event: Event): Event | undefined {
    if (event.type === 'gate.decided') {
      this.#why = event.decision === 'roll_back_wave' ? event.arithmetic : undefined;
    } else if (
      event.type === 'wave.started' ||
      event.type === 'play.started' ||
      event.type === 'run.finished'
    ) {
      this.#why = undefined;
    }
    return this.#why === undefined ? event : asUndo(event, this.#why);
  }
}

function asUndo(event: Event, why: string): Event | undefined {
  switch (event.type) {
    case 'plan.diff':
    case 'host.planned':
    case 'host.rolledBack':
      return undefined;
    case 'host.finished': {
      const { outcome } = event;
      const { host, attempt } = outcome;
      // It is tried again: only its last attempt says what became of the change.
      if (outcome.kind === 'interrupted') return event;
      return {
        ...event,
        outcome: outcomeAfterUndo({ host, attempt, kind: 'changed', token: '' }, outcome, why),
      };
    }
    default:
      return event;
  }
}
