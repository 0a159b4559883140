import { Writable } from 'node:stream';
import { createLogUpdate } from 'log-update';
import type { Size } from './region.ts';
import type { Screen } from './view.ts';

/**
 * The bottom lines of a terminal, redrawn in place while other text scrolls away above them.
 *
 * log-update finds out what to redraw, on a stream in memory: erasing, text and new lines then reach the terminal in one
 * write, so nothing flickers. Its own `persist` is of no use here, it cuts texts at the height of the terminal; nor does
 * it hide the cursor, since it would do so on stderr.
 */
export class LiveRegion {
  readonly #stream: Screen['stream'];
  readonly #frame: Frame;
  readonly #update: ReturnType<typeof createLogUpdate>;
  #isDrawn = false;
  #isCursorHidden = false;

  constructor(stream: Screen['stream']) {
    this.#stream = stream;
    this.#frame = new Frame(() => sizeOf(stream));
    this.#update = createLogUpdate(this.#frame, { showCursor: true });
  }

  /** Writes `scroll`, whole lines or nothing, above the region and draws the region with `lines`; none removes it. */
  draw(scroll: string, lines: readonly string[]): void {
    if (this.#isDrawn && (scroll !== '' || lines.length === 0)) this.#update.clear();
    this.#frame.write(scroll);
    if (lines.length > 0) this.#update(lines.join('\n'));
    this.#isDrawn = lines.length > 0;
    const text = this.#frame.take();
    if (text === '') return;
    const hide = this.#isDrawn && !this.#isCursorHidden ? HIDE_CURSOR : '';
    this.#isCursorHidden ||= this.#isDrawn;
    this.#stream.write(`${hide}${BEGIN_FRAME}${text}${END_FRAME}`);
  }

  /** Gives the cursor back, below what was written last. */
  close(): void {
    if (this.#isCursorHidden) this.#stream.write(SHOW_CURSOR);
    this.#isCursorHidden = false;
  }
}

/** The size of the terminal, or 80 × 24 where the stream does not know (some pseudo-terminals say 0 × 0). */
export function sizeOf({ columns, rows }: Screen['stream']): Size {
  return { columns: columns || 80, rows: rows || 24 };
}

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
/** Synchronised output: terminals that know it show the frame at once, others ignore it. */
const BEGIN_FRAME = '\x1b[?2026h';
const END_FRAME = '\x1b[?2026l';

/** Collects what log-update writes; has the size of the terminal, which log-update asks for. */
class Frame extends Writable {
  readonly #size: () => Size;
  #text = '';

  constructor(size: () => Size) {
    super({ decodeStrings: false });
    this.#size = size;
  }

  get columns(): number {
    return this.#size().columns;
  }

  get rows(): number {
    return this.#size().rows;
  }

  override _write(chunk: string, _encoding: BufferEncoding, done: () => void): void {
    this.#text += chunk;
    done();
  }

  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }
}
