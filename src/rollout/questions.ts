import type { Event } from './events.ts';

/** What a run asks a person: `approval.asked` names it. */
export type Question = {
  readonly name: string;
  /** The pauses of a run are counted, from 1. */
  readonly pause: number;
};

/** The questions of a run, as its events are told. A question that is told again, to whoever takes the run up, is the same one. */
export class Questions {
  readonly #asked = new Set<string>();
  readonly #answered = new Set<string>();

  observe(event: Event): void {
    if (event.type === 'approval.asked') this.#asked.add(event.name);
    if (event.type === 'approval.given') this.#answered.add(event.name);
  }

  /** That which was asked last, where nobody's answer was heard. */
  get open(): Question | undefined {
    const name = [...this.#asked].at(-1);
    return name === undefined || this.#answered.has(name) ? undefined : { name, pause: this.#asked.size };
  }
}

/** The question that a run had asked last, where nobody's answer was heard. */
export function questionOf(events: readonly Event[]): Question | undefined {
  const questions = new Questions();
  for (const event of events) questions.observe(event);
  return questions.open;
}

/** What a run has come to when it asks, by `after` of the event. */
export const PAUSED_AFTER = { check: 'the comparison', canary: 'the canary', wave: 'this wave' } as const;

/** What a person types to approve: beyond the first pause it says which is meant, so that none is approved unseen. */
export function approvalWord(pause: number): string {
  return pause === 1 ? 'approve' : `approve ${pause}`;
}

/** How a run goes on that waits with a question. */
export function waysOn(run: string, { pause }: Question): string {
  return `Go on: ${approveCommandOf(run, pause)}; take everything back: sluice abort ${run}`;
}

export function approveCommandOf(run: string, pause: number): string {
  return `sluice approve ${run}${pause === 1 ? '' : ` ${pause}`}`;
}
