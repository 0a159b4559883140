import type { Event } from '../../rollout/events.ts';
import type { Outcome } from '../../rollout/outcome.ts';
import { count } from './host-list.ts';

const WORDS: Partial<Record<Outcome['kind'], string>> = {
  changed: 'changed',
  ok: 'in line already',
  rolled_back: 'rolled back',
  interrupted: 'rolled back',
  failed: 'failed',
  unknown: 'failed',
  unreachable: 'unreachable',
};

type Drops = Extract<Event, { type: 'drops.compared' }>;

/** Of hosts that drop no more than they may, so many are shown. */
const FEW_DROPS = 3;

/** What a run has come to, for a person who has to say whether it goes on. Memory: a word per host. */
export class SoFar {
  readonly #ends = new Map<string, string>();
  /** By the comparison that was made last. */
  readonly #wouldChange = new Set<string>();
  #passed = 0;
  #failed = 0;
  readonly #bakes: string[] = [];
  readonly #drops: Drops[] = [];

  observe(event: Event): void {
    switch (event.type) {
      case 'wave.started':
        this.#wouldChange.clear();
        break;
      case 'host.finished':
        this.#finish(event);
        break;
      case 'check.observed':
        if (event.isBefore === true || event.isIgnored === true) break;
        if (event.verdict === 'pass') this.#passed += 1;
        else this.#failed += 1;
        break;
      case 'wave.baked':
        this.#bakes.push(`bake: ${event.arithmetic}`);
        break;
      case 'drops.compared':
        this.#drops.push(event);
        break;
      default:
    }
  }

  /** Since the beginning of the run; of bakes and counters, since the last time. */
  lines(): readonly string[] {
    const sums = new Map<string, number>();
    for (const end of this.#ends.values()) sums.set(end, (sums.get(end) ?? 0) + 1);
    const wouldChange = this.#wouldChange.size;
    const hosts = [
      ...[...sums].map(([word, number]) => `${number} ${word}`),
      ...(wouldChange > 0 ? [`${count(wouldChange, 'gateway')} would change`] : []),
    ];
    const checks = [
      ...(this.#passed > 0 ? [`${count(this.#passed, 'check')} passed`] : []),
      ...(this.#failed > 0 ? [`${this.#failed} failed`] : []),
    ];
    const sentence = [hosts.join(', '), checks.join(', ')].filter((part) => part !== '').join('; ');
    return [
      ...(sentence === '' ? [] : [`so far: ${sentence}`]),
      ...dropsLines(this.#drops.splice(0)),
      ...this.#bakes.splice(0),
    ];
  }

  #finish({ host, job, outcome }: Extract<Event, { type: 'host.finished' }>): void {
    if (job === 'check') return;
    if (job === 'plan' || job === 'drift') {
      if (outcome.kind === 'changed' && outcome.left === undefined) this.#wouldChange.add(host);
      return;
    }
    const isUndone = job === 'undo' && (outcome.kind === 'ok' || outcome.kind === 'changed');
    const word = isUndone ? 'rolled back' : WORDS[outcome.kind];
    if (word !== undefined) this.#ends.set(host, word);
  }
}

/** Every host that drops too much, and of the others those whose drops grew most. */
function dropsLines(drops: readonly Drops[]): readonly string[] {
  const over = drops.filter(({ isOver }) => isOver);
  const within = drops
    .filter(({ isOver }) => !isOver)
    .sort((one, other) => other.after - other.before - (one.after - one.before));
  const shown = [...over, ...within.slice(0, FEW_DROPS)];
  const rest = drops.length - shown.length;
  return [
    ...shown.map(({ host, arithmetic }) => `drops: [${host}] ${arithmetic}`),
    ...(rest > 0 ? [`drops: ${count(rest, 'further host')} within the limit, and grown less`] : []),
  ];
}
