import type { Event } from '../../rollout/events.ts';

export type WavePlace = { readonly play: string; readonly wave: number };

/** What the waves of a run are called: events number them, and a canary counts. */
export class WaveTitles {
  readonly #titles = new Map<string, string>();

  observe(event: Event): void {
    if (event.type === 'wave.started') this.#titles.set(keyOf(event), event.title);
  }

  of(place: WavePlace): string {
    return this.#titles.get(keyOf(place)) ?? `wave ${place.wave}`;
  }
}

function keyOf({ play, wave }: WavePlace): string {
  return `${wave} ${play}`;
}
