import { Writable } from 'node:stream';

/**
 * A terminal in memory, at the edge of the views: it interprets what they write (cursor movement, erasing, wrapping at
 * the last column, scrolling) and refuses any sequence it does not know.
 */
export class Terminal extends Writable {
  readonly isTTY = true;
  columns: number;
  rows: number;
  bytes = 0;
  isCursorHidden = false;
  /** What was written, whole. */
  raw = '';
  /** Lines that wrapped, ever. */
  wraps = 0;
  #lines: Line[] = [blank()];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    super({ decodeStrings: false });
    this.columns = columns;
    this.rows = rows;
  }

  /** Everything above and on the screen, wrapped lines joined again, without the blank end. */
  get text(): string {
    const joined: string[] = [];
    for (const [i, line] of this.#lines.entries()) {
      const text = line.cells.map((cell) => cell ?? ' ').join('');
      if (this.#lines[i - 1]?.isContinued) joined[joined.length - 1] += text;
      else joined.push(text);
    }
    return joined
      .map((line) => line.trimEnd())
      .join('\n')
      .trimEnd();
  }

  /** What a person sees at this moment. */
  get screen(): readonly string[] {
    return this.#lines.slice(-this.rows).map(({ cells }) =>
      cells
        .map((cell) => cell ?? ' ')
        .join('')
        .trimEnd(),
    );
  }

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.emit('resize');
  }

  override _write(chunk: string, _encoding: BufferEncoding, done: () => void): void {
    this.bytes += Buffer.byteLength(chunk);
    this.raw += chunk;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what a terminal reads.
    for (const [piece] of chunk.matchAll(/\x1b\[([?\d;]*)([A-Za-z])|./gsu)) this.#obey(piece);
    done();
  }

  #obey(piece: string): void {
    if (piece.length > 2 && piece.startsWith('\x1b[')) this.#control(piece.slice(2, -1), piece.slice(-1));
    else if (piece === '\n') this.#newLine(false);
    else if (piece < ' ' || piece === '\x7f') throw new Error(`control character ${JSON.stringify(piece)}`);
    else this.#put(piece);
  }

  #control(argument: string, letter: string): void {
    const number = Number(argument === '' ? 1 : argument);
    const top = Math.max(0, this.#lines.length - this.rows);
    if (letter === 'm') return;
    if (letter === 'A') this.#row = Math.max(top, this.#row - number);
    else if (letter === 'B') this.#row = Math.min(this.#lines.length - 1, this.#row + number);
    else if (letter === 'G') this.#column = 0;
    else if (letter === 'K') this.#erase(argument === '2' ? 0 : this.#column);
    else if (argument === '?25') this.isCursorHidden = letter === 'l';
    else if (argument !== '?2026') throw new Error(`unknown sequence ${argument}${letter}`);
  }

  #erase(from: number): void {
    // A full line: the cursor waits on its last column, which is erased too, as by xterm.
    this.#line().cells.length = Math.min(this.#line().cells.length, Math.min(from, this.columns - 1));
  }

  #put(character: string): void {
    if (this.#column >= this.columns) {
      this.#line().isContinued = true;
      this.wraps += 1;
      this.#newLine(true);
    }
    this.#line().cells[this.#column] = character;
    this.#column += 1;
  }

  #newLine(isContinued: boolean): void {
    this.#line().isContinued = isContinued;
    this.#row += 1;
    this.#column = 0;
    if (this.#row === this.#lines.length) this.#lines.push(blank());
  }

  #line(): Line {
    const line = this.#lines[this.#row];
    if (line === undefined) throw new Error(`no row ${this.#row}`);
    return line;
  }
}

type Line = { cells: (string | undefined)[]; isContinued: boolean };

function blank(): Line {
  return { cells: [], isContinued: false };
}
