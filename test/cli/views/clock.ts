import type { Clock } from '../../../src/cli/views/clock.ts';

/** A clock that moves only when told, and runs what is due on its way. */
export class ManualClock implements Clock {
  #ms: number;
  #due: { readonly atMs: number; readonly run: () => void }[] = [];

  constructor(time = '2026-03-02T12:00:00.000Z') {
    this.#ms = Date.parse(time);
  }

  now(): number {
    return this.#ms;
  }

  after(ms: number, run: () => void): () => void {
    const entry = { atMs: this.#ms + ms, run };
    this.#due.push(entry);
    return () => {
      this.#due = this.#due.filter((other) => other !== entry);
    };
  }

  get pending(): number {
    return this.#due.length;
  }

  moveTo(ms: number): void {
    for (;;) {
      const [next] = this.#due.filter(({ atMs }) => atMs <= ms).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#due = this.#due.filter((other) => other !== next);
      this.#ms = Math.max(this.#ms, next.atMs);
      next.run();
    }
    this.#ms = Math.max(this.#ms, ms);
  }
}
