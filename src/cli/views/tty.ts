import { createColors } from 'picocolors';
import type { Event } from '../../rollout/events.ts';
import type { Clock } from './clock.ts';
import { LiveRegion, sizeOf } from './live-region.ts';
import { regionLines } from './region.ts';
import { Tally } from './tally.ts';
import { Transcript } from './transcript.ts';
import type { Screen, View } from './view.ts';

/** The shortest time between two frames: enough for the eye, and half of what 100 ms would send over a slow line. */
const FRAME_MS = 200;
/** The longest, while hosts are in flight: deadlines count down although nothing happens. */
const TICK_MS = 1000;

/** On a terminal: what is worth keeping scrolls, the state of the run stands below it. */
export class TtyView implements View {
  readonly #screen: Screen;
  readonly #clock: Clock;
  readonly #region: LiveRegion;
  readonly #colours;
  readonly #transcript: Transcript;
  readonly #tally = new Tally();
  readonly #onResize = () => this.#paintSoon();
  #scroll = '';
  #paintedMs = Number.NEGATIVE_INFINITY;
  #cancel = () => {};
  #isClosed = false;

  constructor(screen: Screen, clock: Clock) {
    this.#screen = screen;
    this.#clock = clock;
    this.#region = new LiveRegion(screen.stream);
    this.#colours = createColors(screen.colour);
    const columns = () => sizeOf(screen.stream).columns;
    this.#transcript = new Transcript({ ...screen, colours: this.#colours, everyHost: false, columns });
    screen.stream.on('resize', this.#onResize);
  }

  event(event: Event): void {
    if (this.#isClosed) return;
    this.#tally.observe(event);
    for (const { lines } of this.#transcript.passages(event)) this.#scroll += `${lines.join('\n')}\n`;
    // What asks writes below it.
    if (this.#tally.isAsking) this.#paint();
    else this.#paintSoon();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#screen.stream.removeListener('resize', this.#onResize);
    this.#cancel();
    this.#region.draw(this.#scroll, []);
    this.#region.close();
  }

  /** Events can be thousands a second; frames are few, and carry all that has scrolled since the last one. */
  #paintSoon(): void {
    const waitMs = this.#paintedMs + FRAME_MS - this.#clock.now();
    if (waitMs <= 0 || waitMs > FRAME_MS) this.#paint();
    else this.#wakeIn(waitMs);
  }

  #paint(): void {
    const nowMs = this.#clock.now();
    this.#paintedMs = nowMs;
    const isLive = this.#tally.total > 0 && !this.#tally.isOver && !this.#tally.isAsking;
    const lines = isLive ? regionLines(this.#tally, sizeOf(this.#screen.stream), nowMs, this.#colours) : [];
    const scroll = this.#scroll;
    this.#scroll = '';
    this.#region.draw(scroll, lines);
    if (this.#tally.isAsking) this.#region.close();
    if (isLive) this.#wakeIn(TICK_MS);
    else this.#cancel();
  }

  #wakeIn(ms: number): void {
    this.#cancel();
    this.#cancel = this.#clock.after(ms, () => this.#paint());
  }
}
