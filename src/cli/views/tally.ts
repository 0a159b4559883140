import type { Event } from '../../rollout/events.ts';
import type { Outcome } from '../../rollout/outcome.ts';
import { WaveTitles } from './wave-titles.ts';

/** Where a host in flight is; `atMs` is when it got there. */
export type Flight = {
  readonly host: string;
  readonly step: 'connecting' | 'planning' | 'applying' | 'checking' | 'confirmed' | 'rolled back';
  readonly atMs: number;
  /** What is known of its checks: `checked ssh`, `site answers: fail`. */
  readonly lastCheck?: string;
  /** When the gateway rolls itself back. */
  readonly deadlineMs?: number;
};

/** Where the play that runs now stands: what the live region and heartbeats show. Memory: a word per host. */
export class Tally {
  startedMs: number | undefined;
  total = 0;
  /** The title of the wave that runs, or is taken back. */
  wave = '';
  waveTotal = 0;
  isOver = false;
  isInterrupted = false;
  /** A person is asked: nothing else happens until they answer. */
  isAsking = false;
  /** In order of their start. */
  readonly flights = new Map<string, Flight>();
  readonly counts = { ok: 0, changed: 0, rolled_back: 0, failed: 0, unreachable: 0, not_started: 0 };
  readonly #ends = new Map<string, keyof Tally['counts']>();
  readonly #titles = new WaveTitles();
  #pending: Set<string> = new Set();

  /** Hosts of the play that did not start yet. */
  get waiting(): number {
    return Math.max(0, this.total - this.#ends.size - this.flights.size);
  }

  /** How many hosts of the wave have come to their end. */
  get waveDone(): number {
    return this.waveTotal - this.#pending.size;
  }

  observe(event: Event): void {
    this.#titles.observe(event);
    const atMs = Date.parse(event.time);
    this.isAsking = event.type === 'approval.asked';
    switch (event.type) {
      case 'run.started':
        this.startedMs = atMs;
        break;
      case 'play.started':
        this.#startPlay(event.hosts.length);
        break;
      case 'wave.started':
        this.#startWave(event.title, event.hosts);
        break;
      case 'rollback.started':
        this.#startWave(`rollback of ${this.#titles.of(event)}`, event.hosts);
        break;
      case 'run.resumed':
        this.isOver = this.isInterrupted = false;
        this.flights.clear();
        break;
      case 'interrupt.received':
        this.isInterrupted = true;
        break;
      case 'run.finished':
        this.isOver = true;
        this.flights.clear();
        break;
      case 'host.finished':
        this.#finish(event.outcome);
        break;
      // What is watched is not in flight: nothing is changed there.
      case 'host.verified':
      case 'host.measured':
      case 'drops.compared':
        break;
      default:
        if ('host' in event) this.#step(event, atMs);
    }
  }

  #startPlay(hosts: number): void {
    this.total = hosts;
    this.#startWave('', []);
    this.flights.clear();
    this.#ends.clear();
    Object.assign(this.counts, {
      ok: 0,
      changed: 0,
      rolled_back: 0,
      failed: 0,
      unreachable: 0,
      not_started: 0,
    });
  }

  #startWave(title: string, hosts: readonly string[]): void {
    this.wave = title;
    this.waveTotal = hosts.length;
    this.#pending = new Set(hosts);
  }

  #finish({ host, kind }: Outcome): void {
    const before = this.#ends.get(host);
    if (before !== undefined) this.counts[before] -= 1;
    this.#pending.delete(host);
    this.flights.delete(host);
    // As the recap counts them: who is interrupted has rolled itself back, and unknown is never a success.
    const end = kind === 'unknown' ? 'failed' : kind === 'interrupted' ? 'rolled_back' : kind;
    this.#ends.set(host, end);
    this.counts[end] += 1;
  }

  #step(event: HostEvent, atMs: number): void {
    const { host } = event;
    const flight = this.flights.get(host) ?? { host, step: 'connecting', atMs };
    this.flights.set(host, { ...flight, ...progress(event, atMs), atMs });
  }
}

type HostEvent = Exclude<
  Extract<Event, { host: string }>,
  { type: 'host.finished' | 'host.verified' | 'host.measured' | 'drops.compared' }
>;

function progress(event: HostEvent, atMs: number): Partial<Flight> {
  switch (event.type) {
    case 'host.started':
      return { step: 'connecting' };
    case 'host.connected':
    case 'host.compared':
    case 'host.planned':
      return { step: 'planning' };
    case 'host.armed':
      return { step: 'applying', deadlineMs: atMs + event.deadlineSeconds * 1000 };
    case 'host.applied':
      return { step: 'checking' };
    case 'check.observed':
      if (event.isBefore === true) return {};
      return {
        lastCheck: event.verdict === 'pass' ? `checked ${event.check}` : `${event.check}: ${event.verdict}`,
      };
    case 'host.confirmed':
      return { step: 'confirmed' };
    case 'host.rolledBack':
      return { step: 'rolled back' };
  }
}
