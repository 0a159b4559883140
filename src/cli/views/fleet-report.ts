import type { ComparedState, Event } from '../../rollout/events.ts';
import type { Outcome } from '../../rollout/outcome.ts';
import { UndoReading } from './undo-reading.ts';

/** How one gateway stands to one play at the end of a run. */
export type GatewayStanding = {
  readonly host: string;
  readonly play: string;
  /** As compared, and what became of it since; `not_asked` when nobody got so far. */
  readonly state: ComparedState | 'not_asked';
  /** Lines by which it differs from the play. */
  readonly lines: number;
  readonly byAnotherHand: number;
  readonly isContested: boolean;
  readonly outcome?: Outcome;
  /** The diffs, from what was confirmed to what is live, and from there to what the play says. */
  readonly drift: string;
  readonly diff: string;
  readonly notes: readonly string[];
  readonly elapsedMs: number;
};

type Compared = Extract<Event, { type: 'host.compared' }>;
type Planned = Extract<Event, { type: 'host.planned' }>;
type Seen = {
  readonly host: string;
  readonly play: string;
  startedMs: number;
  elapsedMs: number;
  compared?: Compared;
  planned?: Planned;
  outcome?: Outcome;
};

/** Gathers, from the events of a run, what reports tell of each gateway and play. */
export class FleetReport {
  command = '';
  playbook = '';
  startedMs = 0;
  endedMs = 0;
  exitCode = 0;
  readonly #seen = new Map<string, Seen>();
  readonly #diffs = new Map<string, string>();
  readonly #names = new Map<string, string>();
  readonly #undo = new UndoReading();
  /** Nothing is changed in this run. */
  #isLook = true;

  observe(written: Event): void {
    const event = this.#undo.read(written);
    if (event === undefined) return;
    switch (event.type) {
      case 'run.started':
        this.command = event.command;
        this.playbook = event.playbook;
        this.startedMs = Date.parse(event.time);
        this.#isLook = event.command !== 'apply';
        break;
      case 'play.started':
        if (!this.#names.has(event.play)) this.#names.set(event.play, event.name);
        for (const host of event.hosts) this.#of({ host, play: event.play });
        break;
      case 'plan.diff':
        this.#diffs.set(event.id, event.text);
        break;
      case 'host.started':
        this.#of(event).startedMs = Date.parse(event.time);
        break;
      case 'host.compared':
        this.#of(event).compared = event;
        break;
      case 'host.planned':
        this.#of(event).planned = event;
        break;
      case 'host.finished': {
        const seen = this.#of(event);
        seen.outcome = event.outcome;
        seen.elapsedMs += Math.max(0, Date.parse(event.time) - seen.startedMs);
        break;
      }
      case 'run.finished':
        this.endedMs = Date.parse(event.time);
        this.exitCode = event.exitCode;
        break;
      default:
    }
  }

  /** What a play is called. */
  nameOf(play: string): string {
    return this.#names.get(play) ?? play;
  }

  /** In the order in which the plays name their hosts. */
  standings(): readonly GatewayStanding[] {
    return [...this.#seen.values()].map((seen) => this.#standing(seen));
  }

  #of({ host, play }: { readonly host: string; readonly play: string }): Seen {
    const key = JSON.stringify([host, play]);
    const seen = this.#seen.get(key) ?? { host, play, startedMs: 0, elapsedMs: 0 };
    this.#seen.set(key, seen);
    return seen;
  }

  #standing({ host, play, compared, planned, outcome, elapsedMs }: Seen): GatewayStanding {
    const text = (id: string | undefined) => (id === undefined ? '' : (this.#diffs.get(id) ?? ''));
    const lookedAt = compared?.state ?? stateOf(outcome);
    // A change that was confirmed is what the play says; a look changed nothing.
    const isMended =
      !this.#isLook && outcome?.kind === 'changed' && compared?.wave !== 0 && planned !== undefined;
    const state = isMended ? 'in_compliance' : outcome?.kind === 'unreachable' ? 'unreachable' : lookedAt;
    const isOff = state === 'drifted' || state === 'never_managed';
    return {
      host,
      play,
      state,
      lines: isOff ? (compared?.added ?? 0) + (compared?.removed ?? 0) : 0,
      byAnotherHand: isOff ? (compared?.byAnotherHand?.lines ?? 0) : 0,
      isContested: isOff && compared?.contest !== undefined,
      ...(outcome === undefined ? {} : { outcome }),
      drift: text(compared?.drift),
      diff: text(compared?.diff ?? planned?.diff),
      notes: compared?.notes ?? [],
      elapsedMs,
    };
  }
}

function stateOf(outcome: Outcome | undefined): GatewayStanding['state'] {
  if (outcome === undefined || outcome.kind === 'not_started') return 'not_asked';
  return outcome.kind === 'unreachable' ? 'unreachable' : 'unknown';
}
