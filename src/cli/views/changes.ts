import type { Event } from '../../rollout/events.ts';
import type { Colours } from './colours.ts';
import { listHosts } from './host-list.ts';

/** Gathers what would change on which host, so that a diff is shown once with all the hosts that share it. */
export class Changes {
  #isShown: boolean;
  #isComparing = false;
  readonly #texts = new Map<string, string>();
  /** Diff → hosts, since the last `take`; also the order in which they are shown. */
  #pending = new Map<string, string[]>();
  #drifts = new Map<string, string[]>();
  #notes = new Map<string, string[]>();
  /** Diff → the hosts it was shown with; its text is forgotten then. */
  readonly #shown = new Map<string, string>();

  /** What stands before the hosts that share a diff. */
  title = 'changes on';

  /** @param isShown whether diffs are wanted; notes always are. */
  constructor(isShown: boolean) {
    this.#isShown = isShown;
  }

  /** What others changed is shown wherever it is looked for. */
  comparing(isComparing: boolean): void {
    this.#isComparing = isComparing;
  }

  /** Shows all of them from here on, wanted or not: they are what the play is for. */
  show(isShown: boolean): void {
    this.#isShown = isShown;
  }

  diff({ id, text }: Extract<Event, { type: 'plan.diff' }>): void {
    if (this.#isShown || this.#isComparing) this.#texts.set(id, text);
  }

  /** Of a comparison: what came and went by another hand; then what an apply would change, where that is not just the reverse. */
  compared(event: Extract<Event, { type: 'host.compared' }>): void {
    const { host, diff, drift, notes, isPlaybookNewer } = event;
    for (const note of notes) add(this.#notes, note, host);
    if (drift !== undefined && event.state === 'drifted') add(this.#drifts, drift, host);
    if (diff !== undefined && this.#isShown && (drift === undefined || isPlaybookNewer))
      add(this.#pending, diff, host);
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
    const drifts = [...this.#drifts].flatMap(([id, hosts]) => [
      '',
      ...this.#show(id, hosts, colours, 'came (+) and went (-) by another hand on'),
    ]);
    const diffs = [...this.#pending].flatMap(([id, hosts]) => ['', ...this.#show(id, hosts, colours)]);
    this.#drifts = new Map();
    this.#notes = new Map();
    this.#pending = new Map();
    return [...notes, ...drifts, ...diffs];
  }

  #show(id: string, hosts: readonly string[], colours: Colours, what = this.title): readonly string[] {
    const title = `${what} ${listHosts(hosts)}:`;
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
