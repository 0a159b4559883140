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

type Drops = Pick<Extract<Event, { type: 'drops.compared' }>, 'host' | 'before' | 'after' | 'arithmetic'>;

/** Of the hosts of a wave that stood its bake, those are shown whose drops grew most. */
const MOST_DROPS = 3;

/** What a run has come to, for a person who has to say whether it goes on. Memory: a word per host. */
export class SoFar {
  readonly #ends = new Map<string, string>();
  /** By the comparison that was made last. */
  readonly #wouldChange = new Set<string>();
  #passed = 0;
  #failed = 0;
  readonly #bakes: string[] = [];
  #drops = { hosts: 0, most: [] as readonly Drops[] };

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
        this.#drops = withDrops(this.#drops, event);
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
      ...this.#dropsLines(),
      ...this.#bakes.splice(0),
    ];
  }

  #dropsLines(): readonly string[] {
    const { hosts, most } = this.#drops;
    this.#drops = { hosts: 0, most: [] };
    const rest = hosts - most.length;
    return [
      ...most.map(({ host, arithmetic }) => `drops: [${host}] ${arithmetic}`),
      ...(rest > 0 ? [`drops: ${count(rest, 'further host')} within the limit, and none grew more`] : []),
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

/** One host more, and whether it is among those whose drops grew most. */
function withDrops(
  { hosts, most }: { readonly hosts: number; readonly most: readonly Drops[] },
  { host, before, after, arithmetic }: Drops,
): { hosts: number; most: readonly Drops[] } {
  const grown = [...most, { host, before, after, arithmetic }].sort(
    (one, other) => other.after - other.before - (one.after - one.before),
  );
  return { hosts: hosts + 1, most: grown.slice(0, MOST_DROPS) };
}
