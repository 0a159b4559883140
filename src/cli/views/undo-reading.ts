import type { Event } from '../../rollout/events.ts';
import { outcomeAfterUndo } from '../../rollout/jobs.ts';

type Undo = Pick<Extract<Event, { readonly type: 'rollback.started' }>, 'extent' | 'why'>;

/**
 * While waves are taken back, its hosts go through the steps of a change once more: this reads them as what they mean for
 * the host. An undo that succeeds is a rollback; one that the gateway itself took back leaves the change standing, and
 * a person is needed. What an undo would change is the reverse of what was shown before.
 */
export class UndoReading {
  /** What is taken back, and why, while it is. */
  #undo: Undo | undefined;

  /** The event as it is to be shown; undefined when not at all. */
  read(event: Event): Event | undefined {
    if (event.type === 'rollback.started') this.#undo = event;
    // Journals of before a rollback was announced go by the gate.
    else if (event.type === 'gate.decided') {
      this.#undo =
        event.decision === 'roll_back_wave' ? { extent: 'wave', why: event.arithmetic } : undefined;
    } else if (
      event.type === 'wave.started' ||
      event.type === 'play.started' ||
      event.type === 'run.finished'
    ) {
      this.#undo = undefined;
    }
    return this.#undo === undefined ? event : asUndo(event, this.#undo);
  }
}

function asUndo(event: Event, { extent, why }: Undo): Event | undefined {
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
        outcome: outcomeAfterUndo({ host, attempt, kind: 'changed', token: '' }, outcome, extent, why),
      };
    }
    default:
      return event;
  }
}
