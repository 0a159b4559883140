import type { ComparedState, Event } from '../../rollout/events.ts';
import type { Colours } from './colours.ts';
import { reasoned, reasonOf, type StartedOutcome } from './host-lines.ts';
import { count, listHosts } from './host-list.ts';

type Compared = Extract<Event, { type: 'host.compared' }>;
type Finished = Extract<Event, { type: 'host.finished' }>;

/** How a gateway stands, in Ansible's manner: `drifted: [gw1] (1 came, 1 went by another hand since …)`. */
export function complianceLines(
  event: Compared,
  outcome: StartedOutcome,
  colours: Colours,
): readonly string[] {
  const name = `[${event.host}]`;
  if ('problem' in outcome) {
    const reason = reasonOf(outcome.problem);
    const paint = event.state === 'in_transaction' ? colours.magenta : colours.red;
    if (event.state === 'unreachable')
      return reasoned(`fatal: ${name}: UNREACHABLE! =>`, reason, colours.red);
    return event.state === 'in_transaction'
      ? reasoned(`in a transaction: ${name}:`, reason, paint)
      : reasoned(`fatal: ${name}: FAILED! =>`, reason, colours.red);
  }
  switch (event.state) {
    case 'in_compliance':
      return [colours.green(`in compliance: ${name}`)];
    case 'never_managed':
      return [colours.yellow(`never managed: ${name} (apply: +${event.added} -${event.removed})`)];
    default:
      return [colours.yellow(`drifted: ${name} (${whatDrifted(event)})`), ...contestLines(event, colours)];
  }
}

/** What an operator asks first: was it somebody else, or is it only that the playbook went on? */
function whatDrifted({ byAnotherHand, last, isPlaybookNewer, added, removed }: Compared): string {
  const since = last === undefined ? '' : ` since ${last.since} by ${last.owner}`;
  const hand =
    byAnotherHand === undefined
      ? []
      : [`${count(byAnotherHand.lines, 'line')} changed by another hand${since}`];
  const newer = isPlaybookNewer ? [`the playbook changed${byAnotherHand === undefined ? since : ''}`] : [];
  return [...hand, ...newer, `apply: +${added} -${removed}`].join('; ');
}

function contestLines({ contest, host }: Compared, colours: Colours): readonly string[] {
  if (contest === undefined) return [];
  const { mended, runs, rules } = contest;
  const what = rules.length === 0 ? ', something else each time' : ':';
  return [
    colours.red(`contested: [${host}] was put right in ${mended} of the last ${count(runs, 'run')}${what}`),
    ...rules.slice(0, 5).map((rule) => colours.red(`    ${rule}`)),
    ...(rules.length > 5 ? [colours.red(`    … and ${rules.length - 5} more`)] : []),
  ];
}

/** Keeps how each gateway was compared last, and what becomes of those that are left alone. */
export class Standings {
  readonly #last = new Map<string, Compared>();
  readonly #left = new Map<keyof typeof REMEDIES, Set<string>>();

  note(event: Compared): void {
    this.#last.set(keyOf(event), event);
  }

  /** @param isReport the play is not enforced */
  noteEnd({ host, wave, outcome }: Finished, isReport: boolean): void {
    if (outcome.kind !== 'changed') return;
    if (isReport) this.#leave('not enforced', host);
    // Where a person is asked before the change, nobody is left as they are.
    if (wave !== 0 || outcome.left === undefined) return;
    this.#leave(outcome.left === 'never_managed' ? 'never managed' : outcome.left, host);
  }

  last(event: Finished): Compared | undefined {
    return this.#last.get(keyOf(event));
  }

  /** How many gateways stand how, of each play; in words. */
  counts(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const state of Object.keys(WORDS) as readonly ComparedState[]) {
      const number = [...this.#last.values()].filter((event) => event.state === state).length;
      if (number > 0) counts.set(WORDS[state], number);
    }
    return counts;
  }

  isLeft(host: string): boolean {
    return [...this.#left.values()].some((hosts) => hosts.has(host));
  }

  /** Hosts that `--only-drifted` or `enforce: false` leaves as they are, and how to go on. */
  leftLines(colours: Colours): readonly string[] {
    return [...this.#left].flatMap(([why, hosts]) => [
      colours.magenta(`${why}, left as they are: ${listHosts([...hosts])}`),
      `    remedy: ${REMEDIES[why]}`,
    ]);
  }

  /** Named at the end: why a host that would change was let be. */
  #leave(why: keyof typeof REMEDIES, host: string): void {
    this.#left.set(why, (this.#left.get(why) ?? new Set()).add(host));
  }
}

const WORDS: Readonly<Record<ComparedState, string>> = {
  in_compliance: 'in compliance',
  drifted: 'drifted',
  never_managed: 'never managed',
  in_transaction: 'in a transaction',
  unreachable: 'unreachable',
  unknown: 'not judged',
};

const REMEDIES = {
  'never managed': 'sluice apply without --only-drifted begins to manage them.',
  contested:
    'Find what else writes these rules there, and stop it or take them into a template; sluice apply without --only-drifted overwrites them once more.',
  'not enforced': 'Take "enforce: false" out of the play, and sluice apply changes them.',
} as const;

function keyOf({ host, play }: { readonly host: string; readonly play: string }): string {
  return JSON.stringify([host, play]);
}
