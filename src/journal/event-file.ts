import {
  closeSync,
  fchmodSync,
  fdatasync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import type { ProblemsError } from '../problem.ts';
import type { Event } from '../rollout/events.ts';
import { journalFailure } from './failure.ts';

const sync = promisify(fdatasync);

/** What a later run must not miss after a power cut. */
const DURABLE: ReadonlySet<Event['type']> = new Set([
  'host.armed',
  'host.confirmed',
  'host.rolledBack',
  'run.finished',
]);

/**
 * The events of one run as JSON lines, each appended with a single write: a crash leaves a readable prefix.
 *
 * Every line is with the kernel when `append` returns, and so outlives this process. Lines that must outlive the machine
 * are also forced to disk: in the background and several at once while the run goes on (a disk takes milliseconds, and
 * a fleet has thousands), before returning for `run.finished`.
 *
 * The first failure is thrown, once; whatever is appended after it is dropped. So the file stays a prefix without gaps,
 * and whoever catches the error may still bring the gateways in flight to a safe end.
 */
export class EventFile {
  readonly #path: string;
  readonly #file: number;
  #length = 0;
  /** Runs while a sync is under way or wanted. */
  #syncing: Promise<void> | undefined;
  #isSyncWanted = false;
  #failure: { readonly problem: ProblemsError; isTold: boolean } | undefined;
  #isClosed = false;

  /** `again`: the file is there; what a crash left of a last line is cut off. */
  constructor(path: string, manner: 'new' | 'again' = 'new') {
    this.#path = path;
    if (manner === 'again') this.#length = readFileSync(path).lastIndexOf(0x0a) + 1;
    this.#file = openSync(path, manner === 'new' ? 'ax' : 'a', 0o600);
    if (manner === 'new') fchmodSync(this.#file, 0o600);
    else ftruncateSync(this.#file, this.#length);
  }

  append(event: Event): void {
    if (this.#isClosed) throw new Error(`event after the journal was closed: ${event.type}`);
    if (this.#failure === undefined) this.#write(event);
    this.#tellFailure();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#syncing;
    closeSync(this.#file);
    this.#tellFailure();
  }

  #write(event: Event): void {
    const line = Buffer.from(`${JSON.stringify(event)}\n`);
    try {
      let written = writeSync(this.#file, line);
      // A disk that fills up takes a part; the next write says why.
      while (written < line.length) written += writeSync(this.#file, line, written);
      this.#length += line.length;
      if (event.type === 'run.finished') fdatasyncSync(this.#file);
      else if (DURABLE.has(event.type)) this.#wantSync();
    } catch (error) {
      this.#fail(error);
      this.#dropTornLine();
    }
  }

  /** Any number of lines written during one sync share the next. */
  #wantSync(): void {
    this.#isSyncWanted = true;
    this.#syncing ??= this.#syncWhileWanted();
  }

  async #syncWhileWanted(): Promise<void> {
    try {
      while (this.#isSyncWanted) {
        this.#isSyncWanted = false;
        await sync(this.#file);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#syncing = undefined;
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { problem: journalFailure('written', this.#path, error), isTold: false };
  }

  #tellFailure(): void {
    if (this.#failure === undefined || this.#failure.isTold) return;
    this.#failure.isTold = true;
    throw this.#failure.problem;
  }

  #dropTornLine(): void {
    try {
      ftruncateSync(this.#file, this.#length);
    } catch {
      // Readers leave out a torn last line.
    }
  }
}
