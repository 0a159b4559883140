import type { Event } from '../../rollout/events.ts';
import type { Screen, View } from './view.ts';

/** For programs: the events as they are, one a line. */
export class JsonView implements View {
  readonly #screen: Screen;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  event(event: Event): void {
    this.#screen.stream.write(`${JSON.stringify(event)}\n`);
  }

  close(): void {}
}
