import type { RolloutPolicy, Size } from '../playbook/model.ts';
import type { Problem } from '../problem.ts';
import { type Ordering, orderHosts } from './order.ts';

/** Hosts that are changed together; the next wave starts when the gate has let this one through. */
export type Wave = {
  /** In words: `canary`, `wave 1 of 3`, `the rest`, `all hosts`. */
  readonly title: string;
  readonly isCanary: boolean;
  readonly hosts: readonly string[];
};

export type PlannedWaves =
  | {
      readonly kind: 'planned';
      readonly waves: readonly Wave[];
      /** Hosts that could not go as early as their place in the order has it, each with the first reason. */
      readonly waits: ReadonlyMap<string, string>;
    }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] };

/** What waves are planned from, beside the policy. */
export type WaveFleet = Ordering & {
  /** The hosts of the play, in the inventory's order. */
  readonly hosts: readonly string[];
  /** Resolves a host pattern against the inventory; hosts outside the play are ignored. */
  readonly match: (pattern: string) => readonly string[];
  /** The hosts of the inventory through which a host is reached. */
  readonly jumpsOf: (host: string) => readonly string[];
};

export type WavePolicy = Pick<RolloutPolicy, 'canary' | 'serial' | 'apart' | 'order'>;

/**
 * Cuts the hosts of a play into waves: the canary, then the sizes of `serial`, whose last one repeats.
 *
 * Each host is in exactly one wave, in the play's order but where `apart` makes one wait: two hosts with equal values of that
 * variable never share a wave, nor does a jump host with those behind it. Percentages are of all the play's hosts, the
 * canary's included. What a canary can't be is refused: the play would start without the proof it asks for.
 */
export function planWaves(fleet: WaveFleet, policy: WavePolicy): PlannedWaves {
  const ordered = { ...fleet, hosts: orderHosts(fleet.hosts, policy.order, fleet) };
  const waits = new Map<string, string>();
  const mayShare = companionship(fleet, policy);
  const canary = canaryHosts(ordered, policy, mayShare, waits);
  const problems = canaryProblems(canary, ordered, policy, mayShare);
  if (problems.length > 0) return { kind: 'refused', problems };
  const isCanary = new Set(canary);
  const rest = ordered.hosts.filter((host) => !isCanary.has(host));
  const batches = serialBatches(rest, policy.serial, fleet.hosts.length, mayShare, waits);
  return { kind: 'planned', waves: entitle(canary, batches), waits };
}

/** Why a host may not join those in a wave. Remembers what stands in the way, so that a wave of a thousand is asked in one step. */
type MayShare = () => {
  readonly objection: (host: string) => string | undefined;
  readonly add: (host: string) => void;
};

function companionship({ variableOf, jumpsOf }: WaveFleet, { apart }: WavePolicy): MayShare {
  return () => {
    const hosts = new Set<string>();
    const values = new Map<string, string>();
    const jumps = new Map<string, string>();
    const valueFor = (host: string) => (apart === undefined ? undefined : variableOf(host, apart));
    return {
      objection: (host) => {
        const value = valueFor(host);
        const partner = value === undefined ? undefined : values.get(value);
        if (partner !== undefined) return `apart from ${partner}: both have ${apart} ${value}`;
        const behind = jumps.get(host);
        if (behind !== undefined) return `${behind} is reached through it`;
        const jump = jumpsOf(host).find((one) => hosts.has(one));
        return jump === undefined ? undefined : `it is reached through ${jump}`;
      },
      add: (host) => {
        const value = valueFor(host);
        if (value !== undefined && !values.has(value)) values.set(value, host);
        hosts.add(host);
        for (const jump of jumpsOf(host)) jumps.set(jump, host);
      },
    };
  };
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
  { hosts, match, variableOf }: WaveFleet,
  { canary }: WavePolicy,
  mayShare: MayShare,
  waits: Map<string, string>,
): readonly string[] {
  switch (canary.kind) {
    case 'none':
      return [];
    case 'pattern': {
      const matched = new Set(match(canary.pattern));
      return hosts.filter((host) => matched.has(host));
    }
    case 'one_per':
      return oneOfEach(hosts, canary.variable, variableOf, mayShare, waits);
    default:
      return firstOf(hosts, hostsIn(canary, hosts.length), mayShare, waits);
  }
}

/** The first host of each value that may be a canary beside those before it; tells of a value that has none, which goes unproven. */
function oneOfEach(
  hosts: readonly string[],
  variable: string,
  variableOf: WaveFleet['variableOf'],
  mayShare: MayShare,
  waits: Map<string, string>,
): readonly string[] {
  const chosen = new Map<string, string>();
  const hindered = new Map<string, readonly [host: string, objection: string]>();
  const company = mayShare();
  for (const host of hosts) {
    const value = variableOf(host, variable);
    if (value === undefined || chosen.has(value)) continue;
    const objection = company.objection(host);
    if (objection === undefined) {
      chosen.set(value, host);
      company.add(host);
    } else if (!hindered.has(value)) hindered.set(value, [host, objection]);
  }
  for (const [value, [host, objection]] of hindered)
    if (!chosen.has(value)) waits.set(host, `no canary of ${variable} ${value}: ${objection}`);
  return [...chosen.values()];
}

/** The first hosts that may share a wave, at most so many; tells why others had to wait. */
function firstOf(
  hosts: readonly string[],
  most: number,
  mayShare: MayShare,
  waits = new Map<string, string>(),
): readonly string[] {
  const company = mayShare();
  const chosen: string[] = [];
  for (const host of hosts) {
    if (chosen.length === most) break;
    const objection = company.objection(host);
    if (objection !== undefined) {
      if (!waits.has(host)) waits.set(host, objection);
      continue;
    }
    company.add(host);
    chosen.push(host);
  }
  return chosen;
}

function serialBatches(
  hosts: readonly string[],
  serial: readonly Size[],
  total: number,
  mayShare: MayShare,
  waits: Map<string, string>,
): readonly (readonly string[])[] {
  const batches: (readonly string[])[] = [];
  for (let left = hosts; left.length > 0; ) {
    const size = serial[Math.min(batches.length, serial.length - 1)];
    const batch = firstOf(left, size === undefined ? left.length : hostsIn(size, total), mayShare, waits);
    left = without(left, batch);
    batches.push(batch);
  }
  return batches;
}

/** Most often a batch is what comes first: then nobody has to be looked for. */
function without(hosts: readonly string[], batch: readonly string[]): readonly string[] {
  if (batch.at(-1) === hosts[batch.length - 1]) return hosts.slice(batch.length);
  const isIn = new Set(batch);
  return hosts.filter((host) => !isIn.has(host));
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

function canaryProblems(
  chosen: readonly string[],
  { hosts, variableOf }: WaveFleet,
  { canary, apart }: WavePolicy,
  mayShare: MayShare,
): readonly Problem[] {
  if (chosen.length === 0 && hosts.length > 0) {
    if (canary.kind === 'pattern') return [canaryMatchesNone(canary.pattern, hosts.length)];
    if (canary.kind === 'one_per') return [canaryOfNobody(canary.variable, hosts.length)];
  }
  if (canary.kind !== 'pattern') return [];
  const together = firstOf(chosen, chosen.length, mayShare);
  const left = chosen.find((host) => !together.includes(host));
  if (left === undefined) return [];
  const value = apart === undefined ? undefined : variableOf(left, apart);
  const other = together.find((host) => apart !== undefined && variableOf(host, apart) === value);
  const why =
    value === undefined || other === undefined
      ? `${left} and a jump host in front of it`
      : `${other} and ${left}, which have the same ${apart}, "${value}"`;
  return [
    {
      code: 'canary-not-apart',
      message: `canary: the pattern "${canary.pattern}" puts into one wave ${why}`,
      remedy: 'Name hosts that may go together: of each such pair one.',
    },
  ];
}

function canaryMatchesNone(pattern: string, total: number): Problem {
  return {
    code: 'canary-matches-no-host',
    message: `canary: the pattern "${pattern}" matches none of the ${total} host${total === 1 ? '' : 's'} of this play`,
    remedy:
      'Name a host of the play (--limit may have left it out), or write a number, a percentage or none.',
  };
}

function canaryOfNobody(variable: string, total: number): Problem {
  return {
    code: 'canary-matches-no-host',
    message: `canary: none of the ${total} host${total === 1 ? '' : 's'} of this play has the variable ${variable}`,
    remedy: 'Set it in the inventory, or write a host pattern, a number, a percentage or none.',
  };
}
