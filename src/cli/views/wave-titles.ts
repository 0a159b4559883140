import type { Event } from '../../rollout/events.ts';

/** What waves are called: events number them, and a canary counts. */
export class WaveTitles {
  readonly #titles = new Map<string, string>();

  note(event: Extract<Event, { type: 'wave.started' }>): void {
    this.#titles.set(keyOf(event), event.title);
  }

  of(place: Place): string {
    return this.#titles.get(keyOf(place)) ?? `wave ${place.wave}`;
  }
}

type Place = { readonly play: string; readonly wave: number };

function keyOf({ play, wave }: Place): string {
  return `${wave} ${play}`;
}
