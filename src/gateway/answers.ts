/**
 * What the program on the gateway says: lines that begin with `#sluice`, and files announced with their size in bytes.
 * An answer is whole only when its `end` has come; whatever is cut off before is no answer.
 */
export type Answer = {
  /** The word after `end`: `prepared`, `refused`, `applied`, `gone` … */
  readonly end: string;
  /** In order; a key may stand several times. */
  readonly values: readonly { readonly key: string; readonly value: string }[];
  readonly files: ReadonlyMap<string, string>;
  readonly problems: readonly { readonly code: string; readonly text: string }[];
};

/** The first value of that key. */
export function firstValue(answer: Answer, key: string): string | undefined {
  return answer.values.find((entry) => entry.key === key)?.value;
}

/** Reads answer after answer from a program's stdout; other lines (a login banner) are passed over. */
export class AnswerReader {
  readonly #output: AsyncIterator<Uint8Array>;
  #pending: Buffer = Buffer.alloc(0);

  constructor(output: AsyncIterable<Uint8Array>) {
    this.#output = output[Symbol.asyncIterator]();
  }

  /** The next whole answer; undefined when the output ended before one was whole. */
  async next(): Promise<Answer | undefined> {
    const values: { key: string; value: string }[] = [];
    const files = new Map<string, string>();
    const problems: { code: string; text: string }[] = [];
    for (;;) {
      const line = await this.#line();
      if (line === undefined) return undefined;
      const [mark, kind = '', name = ''] = line.split(' ', 3);
      if (mark !== '#sluice') continue;
      const rest = line.slice(`${mark} ${kind} ${name} `.length);
      if (kind === 'end') return { end: name, values, files, problems };
      if (kind === 'value') values.push({ key: name, value: rest });
      if (kind === 'problem') problems.push({ code: name, text: rest.trim() });
      if (kind === 'file') {
        const bytes = await this.#bytes(Number(rest));
        if (bytes === undefined) return undefined;
        files.set(name, bytes.toString('utf8'));
      }
    }
  }

  async #line(): Promise<string | undefined> {
    let searched = 0;
    for (;;) {
      const end = this.#pending.indexOf(0x0a, searched);
      if (end >= 0) return this.#take(end + 1).toString('utf8', 0, end);
      searched = this.#pending.length;
      if (!(await this.#read())) return undefined;
    }
  }

  async #bytes(count: number): Promise<Buffer | undefined> {
    const chunks = [this.#pending];
    let size = this.#pending.length;
    while (size < count) {
      const { done, value } = await this.#output.next();
      if (done) return undefined;
      chunks.push(Buffer.from(value));
      size += value.length;
    }
    this.#pending = Buffer.concat(chunks);
    return this.#take(count);
  }

  async #read(): Promise<boolean> {
    const { done, value } = await this.#output.next();
    if (done) return false;
    this.#pending = Buffer.concat([this.#pending, value]);
    return true;
  }

  #take(count: number): Buffer {
    const taken = this.#pending.subarray(0, count);
    this.#pending = this.#pending.subarray(count);
    return taken;
  }
}
