import type { Event } from '../../rollout/events.ts';
import type { Clock } from './clock.ts';
import { NO_COLOURS } from './colours.ts';
import { countsLine, describeFlight } from './region.ts';
import { Tally } from './tally.ts';
import { type Passage, Transcript } from './transcript.ts';
import type { Screen, View } from './view.ts';

/** The longest silence: build servers end jobs that say nothing. */
const HEARTBEAT_MS = 30_000;
/** Ansible's width where there is no terminal. */
const COLUMNS = 79;

/** For logs and build servers: one time-stamped line for what happens, no colours, no control characters. */
export class PlainView implements View {
  readonly #screen: Screen;
  readonly #clock: Clock;
  readonly #transcript: Transcript;
  readonly #tally = new Tally();
  #cancel = () => {};

  constructor(screen: Screen, clock: Clock) {
    this.#screen = screen;
    this.#clock = clock;
    this.#transcript = new Transcript({
      ...screen,
      colours: NO_COLOURS,
      everyHost: true,
      columns: () => COLUMNS,
    });
  }

  event(event: Event): void {
    this.#tally.observe(event);
    for (const passage of this.#transcript.passages(event)) this.#write(formatPassage(passage, event.time));
    if (event.type === 'run.started' || event.type === 'run.resumed') this.#beatLater();
  }

  close(): void {
    this.#cancel();
  }

  #write(text: string): void {
    this.#screen.stream.write(text);
    this.#beatLater();
  }

  #beatLater(): void {
    this.#cancel();
    if (this.#tally.isOver || this.#tally.isAsking) return;
    this.#cancel = this.#clock.after(HEARTBEAT_MS, () => this.#beat());
  }

  #beat(): void {
    const nowMs = this.#clock.now();
    const { flights, wave, waveDone, waveTotal } = this.#tally;
    const counts = countsLine(this.#tally, Number.POSITIVE_INFINITY, NO_COLOURS);
    const [first, ...rest] = [...flights.values()];
    const longest =
      first === undefined
        ? ''
        : `; ${first.host} ${describeFlight(first, nowMs)}${rest.length > 0 ? `, ${rest.length} more in flight` : ''}`;
    const time = new Date(nowMs).toISOString();
    this.#write(
      `${clockTime(time)} running: ${wave}, ${waveDone} of ${waveTotal} hosts done; ${counts}${longest}\n`,
    );
  }
}

function formatPassage({ kind, lines }: Passage, time: string): string {
  if (kind !== 'progress' && kind !== 'trouble') return `${lines.join('\n')}\n`;
  const [first = '', ...rest] = lines.map((part) => part.trim()).filter((part) => part !== '');
  // What leads to the next line, or ends as a sentence, needs nothing between.
  const line = rest.reduce(
    (before, part) => `${before}${/(=>|[:.])$/.test(before) ? '' : ';'} ${part}`,
    first,
  );
  return `${clockTime(time)} ${line}\n`;
}

/** `12:04:31Z` of an ISO 8601 time in UTC. */
function clockTime(time: string): string {
  return `${time.slice(11, 19)}Z`;
}
