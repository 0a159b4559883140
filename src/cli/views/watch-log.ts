import { formatProblem } from '../../problem.ts';
import type { Event, RecapRow } from '../../rollout/events.ts';
import type { WatchEvent } from '../../watch/events.ts';
import { NO_COLOURS } from './colours.ts';
import { formatDuration } from './duration.ts';
import { hostEndLines, type SizeOfChange } from './host-lines.ts';
import { count, listHosts } from './host-list.ts';
import { visibleLines } from './visible.ts';

/** A watch as a log: one time-stamped line for what happens, of itself and of its runs. */
export class WatchLog {
  readonly #write: (text: string) => void;
  #sizes = new Map<string, SizeOfChange>();

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  watch(event: WatchEvent): void {
    for (const text of watchLines(event)) this.#line(event.time, text);
  }

  /** An event of one of its runs. */
  event(event: Event): void {
    if (event.type === 'run.started') this.#sizes = new Map();
    if (event.type === 'host.planned') this.#sizes.set(event.host, event);
    for (const text of this.#runLines(event)) this.#line(event.time, text);
  }

  #runLines(event: Event): readonly string[] {
    switch (event.type) {
      case 'host.finished': {
        const { outcome } = event;
        if (outcome.kind === 'not_started') return [];
        const size = outcome.kind === 'changed' ? this.#sizes.get(outcome.host) : undefined;
        return [hostEndLines({ outcome, size, elapsedMs: undefined }, NO_COLOURS).join(' ')];
      }
      case 'gate.decided':
        return event.decision === 'proceed'
          ? []
          : [`gate: ${event.decision.replaceAll('_', ' ')}: ${event.arithmetic}`];
      case 'check.observed':
        return event.verdict === 'pass' || event.isBefore
          ? []
          : [`check failed: [${event.host}] ${event.check}: expected ${event.expected}, saw ${event.seen}`];
      case 'warning':
        // Who is left out was told when it fell.
        return event.problem.code === 'backend-left-out'
          ? []
          : [`warning: ${formatProblem({ ...event.problem, remedy: '' })}`];
      case 'interrupt.received':
        return [`${event.signal}: what is in flight comes to its end`];
      case 'run.finished':
        return [`run ${event.run}: ${recapWords(event.recap)}, ${formatDuration(event.elapsedMs)}`];
      default:
        return [];
    }
  }

  #line(time: string, text: string): void {
    this.#write(visibleLines(`${time.slice(0, 19)}Z ${text.replaceAll(/\s*\n\s*/g, ' ')}\n`));
  }
}

function watchLines(event: WatchEvent): readonly string[] {
  switch (event.type) {
    case 'watch.started':
      return event.pools.map(
        ({ hosts, backends, gateways, everySeconds }) =>
          `watching ${hosts} (${listHosts(backends)}) for ${listHosts(gateways)}, every ${everySeconds} s`,
      );
    case 'backend.down':
      return [
        `${event.backend} is down${forWhom(event)}: ${event.seen} (${looks(event.looks)})${event.isKept ? '; it stays in the rules, as too few others are up' : ''}`,
      ];
    case 'backend.up':
      return [
        `${event.backend} is up again${forWhom(event)} after ${formatDuration(event.downSeconds * 1000)}: ${event.seen} (${looks(event.looks)})`,
      ];
    case 'backend.unseen':
      return [`nobody can look at ${event.backend}${forWhom(event)}, and it stays as it is: ${event.seen}`];
    case 'weights.changed':
      return [
        `${event.gateway}: weights ${pairs(event.weights)}, for ${pairs(event.connections)} connections`,
      ];
    case 'weights.unknown':
      return [`${event.gateway}: weights stay as they are: ${event.seen}`];
    case 'watch.acts':
      return [`changing ${listHosts(event.gateways)}`];
    case 'watch.retries':
      return [`${listHosts(event.gateways)}: tried again in ${event.inSeconds} s: ${event.why}`];
    case 'watch.ended':
      return event.signal === undefined ? [] : [`ended by ${event.signal}`];
  }
}

function forWhom({
  gateways,
  isEverywhere,
}: {
  readonly gateways: readonly string[];
  readonly isEverywhere: boolean;
}): string {
  return isEverywhere ? '' : ` for ${listHosts(gateways)}`;
}

function looks(number: number): string {
  return count(number, 'look', 'looks');
}

function pairs(numbers: Readonly<Record<string, number>>): string {
  return Object.entries(numbers)
    .map(([name, number]) => `${name} ${number}`)
    .join(', ');
}

function recapWords(recap: readonly RecapRow[]): string {
  const words = {
    changed: 'changed',
    unreachable: 'unreachable',
    failed: 'failed',
    rolledBack: 'rolled back',
    notStarted: 'not started',
  } as const;
  const told = Object.entries(words).flatMap(([key, word]) => {
    const hosts = recap.filter((row) => row[key as keyof typeof words] > 0).length;
    return hosts === 0 ? [] : [`${hosts} ${word}`];
  });
  return told.length === 0 ? 'nothing to change' : told.join(', ');
}
