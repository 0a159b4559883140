import { createColors } from 'picocolors';
import type { Event } from '../../rollout/events.ts';
import { sizeOf } from './live-region.ts';
import { Transcript } from './transcript.ts';
import type { Screen, View } from './view.ts';

/** Only what went wrong, the recap, the reasons and the remedies. */
export class QuietView implements View {
  readonly #screen: Screen;
  readonly #transcript: Transcript;

  constructor(screen: Screen) {
    this.#screen = screen;
    const columns = () => sizeOf(screen.stream).columns;
    this.#transcript = new Transcript({
      ...screen,
      colours: createColors(screen.colour),
      diff: false,
      everyHost: false,
      columns,
    });
  }

  event(event: Event): void {
    for (const { kind, lines } of this.#transcript.passages(event)) {
      if (kind === 'trouble' || kind === 'summary') this.#screen.stream.write(`${lines.join('\n')}\n`);
    }
  }

  close(): void {}
}
