import type { Event } from '../../rollout/events.ts';
import { Questions } from '../../rollout/questions.ts';
import type { Colours } from './colours.ts';
import { SoFar } from './so-far.ts';
import { askedLine, waitingLine } from './story-lines.ts';
import { type WavePlace, WaveTitles } from './wave-titles.ts';

type EventOf<T extends Event['type']> = Extract<Event, { type: T }>;

/** What of earlier events is needed to tell how a run goes from wave to wave. */
export class Story {
  readonly #titles = new WaveTitles();
  readonly #questions = new Questions();
  readonly #soFar = new SoFar();

  observe(event: Event): void {
    this.#titles.observe(event);
    this.#questions.observe(event);
    this.#soFar.observe(event);
  }

  waveOf(place: WavePlace): string {
    return this.#titles.of(place);
  }

  /** A person is asked, and shown what the run has come to. */
  askedLines(event: EventOf<'approval.asked'>, colours: Colours): readonly string[] {
    const pause = this.#questions.open?.pause ?? 1;
    return [askedLine(event, pause, this.waveOf(event), colours), ...this.#soFar.lines()];
  }

  /** How a run that waits goes on; nothing for one that doesn't. */
  waitingLines({ waiting, run }: EventOf<'run.finished'>): readonly string[] {
    const question = this.#questions.open;
    return waiting === undefined || question === undefined ? [] : [waitingLine(run, question)];
  }
}
