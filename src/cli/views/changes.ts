import type { Event } from '../../rollout/events.ts';
import type { Colours } from './colours.ts';
import { listHosts } from './host-list.ts';

/** Gathers what would change on which host, so that a diff is shown once with all the hosts that share it. */
export class Changes {
  readonly #isShown: boolean;
  readonly #texts = new Map<string, string>();
  /** Diff → hosts, since the last `take`; also the order in which they are shown. */
  #pending = new Map<string, string[]>();
  #notes = new Map<string, string[]>();
  /** Diff → the hosts it was shown with; its text is forgotten then. */
  readonly #shown = new Map<string, string>();

  /** @param isShown whether diffs are wanted; notes always are. */
  constructor(isShown: boolean) {
    this.#isShown = isShown;
  }

  diff({ id, text }: Extract<Event, { type: 'plan.diff' }>): void {
    if (this.#isShown) this.#texts.set(id, text);
  }

  planned({ host, diff, notes }: Extract<Event, { type: 'host.planned' }>): void {
    for (const note of notes) add(this.#notes, note, host);
    if (diff !== undefined && this.#isShown) add(this.#pending, diff, host);
  }

  /** The notes and diffs gathered since the last call. */
  take(colours: Colours): readonly string[] {
    const notes = [...this.#notes].map(([note, hosts]) =>
      colours.magenta(`note: ${note}: ${listHosts(hosts)}`),
    );
    const diffs = [...this.#pending].flatMap(([id, hosts]) => ['', ...this.#show(id, hosts, colours)]);
    this.#notes = new Map();
    this.#pending = new Map();
    return [...notes, ...diffs];
  }

  #show(id: string, hosts: readonly string[], colours: Colours): readonly string[] {
    const title = `changes on ${listHosts(hosts)}:`;
    const before = this.#shown.get(id);
    if (before !== undefined) return [colours.bold(`${title} the same as on ${before}, above`)];
    const text = this.#texts.get(id);
    if (text === undefined) return [colours.bold(`${title} see the journal`)];
    this.#shown.set(id, listHosts(hosts));
    this.#texts.delete(id);
    return [colours.bold(title), ...diffLines(text, colours)];
  }
}

function add(lists: Map<string, string[]>, key: string, host: string): void {
  const hosts = lists.get(key);
  if (hosts === undefined) lists.set(key, [host]);
  else hosts.push(host);
}

function diffLines(text: string, colours: Colours): readonly string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      if (/^(?:---|\+\+\+) /.test(line)) return colours.bold(line);
      if (line.startsWith('+')) return colours.green(line);
      if (line.startsWith('-')) return colours.red(line);
      if (line.startsWith('~')) return colours.yellow(line);
      return line.startsWith('@@') ? colours.cyan(line) : line;
    });
}
