import type { RolloutPolicy, Size } from '../playbook/model.ts';
import type { Problem } from '../problem.ts';

/** Hosts that are changed together; the next wave starts when the gate has let this one through. */
export type Wave = {
  /** In words: `canary`, `wave 1 of 3`, `the rest`, `all hosts`. */
  readonly title: string;
  readonly isCanary: boolean;
  readonly hosts: readonly string[];
};

export type PlannedWaves =
  | { readonly kind: 'planned'; readonly waves: readonly Wave[] }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] };

/**
 * Cuts the hosts of a play into waves: the canary, then the sizes of `serial`, whose last one repeats.
 *
 * Each host is in exactly one wave, in the order given. Percentages are of all the play's hosts, the canary's included.
 * A canary pattern that matches none of the hosts is refused: the play would start without the proof it asks for.
 *
 * @param matchCanary resolves a host pattern against the inventory; hosts outside the play are ignored.
 */
export function planWaves(
  hosts: readonly string[],
  policy: Pick<RolloutPolicy, 'canary' | 'serial'>,
  matchCanary: (pattern: string) => readonly string[],
): PlannedWaves {
  const canary = canaryHosts(hosts, policy.canary, matchCanary);
  if (canary.length === 0 && policy.canary.kind === 'pattern') {
    return { kind: 'refused', problems: [canaryMatchesNone(policy.canary.pattern, hosts.length)] };
  }
  const isCanary = new Set(canary);
  const rest = serialBatches(
    hosts.filter((host) => !isCanary.has(host)),
    policy.serial,
    hosts.length,
  );
  return { kind: 'planned', waves: entitle(canary, rest) };
}

/**
 * The waves without the hosts that a limit leaves out. Where it leaves out a whole canary, the first host that is left goes ahead:
 * a change is never everywhere at once because its canary was not chosen.
 */
export function limitWaves(waves: readonly Wave[], isChosen: (host: string) => boolean): readonly Wave[] {
  const left = waves
    .map((wave) => ({ ...wave, hosts: wave.hosts.filter(isChosen) }))
    .filter(({ hosts }) => hosts.length > 0);
  const [first, ...rest] = left;
  const lacksCanary = waves.some(({ isCanary }) => isCanary) && !left.some(({ isCanary }) => isCanary);
  if (!lacksCanary || first === undefined) return left;
  const [canary = '', ...others] = first.hosts;
  const follows = others.length === 0 ? [] : [{ ...first, hosts: others }];
  return [{ title: 'canary', isCanary: true, hosts: [canary] }, ...follows, ...rest];
}

function canaryHosts(
  hosts: readonly string[],
  canary: RolloutPolicy['canary'],
  matchCanary: (pattern: string) => readonly string[],
): readonly string[] {
  switch (canary.kind) {
    case 'none':
      return [];
    case 'pattern': {
      const matched = new Set(matchCanary(canary.pattern));
      return hosts.filter((host) => matched.has(host));
    }
    default:
      return hosts.slice(0, hostsIn(canary, hosts.length));
  }
}

function serialBatches(hosts: readonly string[], serial: readonly Size[], total: number): string[][] {
  const batches: string[][] = [];
  for (let start = 0; start < hosts.length; ) {
    const size = serial[Math.min(batches.length, serial.length - 1)];
    const end = size === undefined ? hosts.length : start + hostsIn(size, total);
    batches.push(hosts.slice(start, end));
    start = end;
  }
  return batches;
}

/** Multiplies before it divides: 29 % of 100 is 29, where 0.29 × 100 would be floored to 28. */
function hostsIn(size: Size, total: number): number {
  const hosts = size.kind === 'count' ? size.count : Math.floor((size.percentage * total) / 100);
  return Math.max(1, hosts);
}

function entitle(canary: readonly string[], rest: readonly (readonly string[])[]): Wave[] {
  const first = canary.length === 0 ? [] : [{ title: 'canary', isCanary: true, hosts: canary }];
  const only = canary.length === 0 ? 'all hosts' : 'the rest';
  const others = rest.map((hosts, index) => ({
    title: rest.length === 1 ? only : `wave ${index + 1} of ${rest.length}`,
    isCanary: false,
    hosts,
  }));
  return [...first, ...others];
}

function canaryMatchesNone(pattern: string, total: number): Problem {
  return {
    code: 'canary-matches-no-host',
    message: `canary: the pattern "${pattern}" matches none of the ${total} host${total === 1 ? '' : 's'} of this play`,
    remedy:
      'Name a host of the play (--limit may have left it out), or write a number, a percentage or none.',
  };
}
