import type { Chain, LintRule, LintRuleset } from '../model.ts';
import { pathsFrom } from '../paths.ts';
import {
  basic,
  basicValue,
  holdsPort,
  isUncertain,
  match,
  type Ports,
  ports,
  protocol,
  targetName,
  targetValue,
} from '../shape.ts';
import { natTarget } from './nat-target.ts';

/** What a rule and the jumps that lead to it are limited to. */
export type Limits = { readonly in: string | undefined; readonly to: string | undefined };

/** A rule of nat that takes every connection to some ports away from INPUT, within its limits. */
export type Taker = Limits & {
  readonly at: LintRule;
  /** A range of ports, or several. */
  readonly isOfMany: boolean;
  /** Tells of a port whether it is taken: not where it stays as it is, or an earlier rule lets it pass. */
  readonly takes: (of: string | undefined, port: number) => boolean;
};

/** Tells who takes a port of a protocol. */
export type Takers = (of: string | undefined, port: number) => readonly Taker[];

/** Undefined where nothing is taken. */
export function takersIn(ruleset: LintRuleset): Takers | undefined {
  // Most are of one port; large rule sets have many of them.
  const ofOne = new Map<string, Taker[]>();
  const ofMany: Taker[] = [];
  const sparing = new Map<Chain, readonly LintRule[]>();
  for (const [chain, paths] of pathsFrom(ruleset, 'nat', 'PREROUTING')) {
    sparing.set(chain, chain.rules.filter(isSparing));
    const path = paths.find((jumps) => !jumps.some(mayPassBy));
    if (path === undefined) continue;
    for (const at of chain.rules) {
      const taken = takenBy(at, ruleset.family);
      if (taken === undefined) continue;
      const way = [...path, at];
      const takes = (of: string | undefined, port: number) =>
        of === protocol(at.rule) &&
        holdsPort(taken.ports, port) &&
        !(taken.stays !== undefined && holdsPort([taken.stays], port)) &&
        !way.some((one) =>
          (sparing.get(one.chain) ?? []).some((other) => other.at < one.at && mayMatch(other, of, port)),
        );
      const [[from, to] = [0, 0], ...more] = taken.ports;
      const isOfMany = from !== to || more.length > 0;
      const taker = { ...limitsOf(way), at, isOfMany, takes };
      if (isOfMany) ofMany.push(taker);
      else {
        const key = `${protocol(at.rule)} ${from}`;
        ofOne.set(key, [...(ofOne.get(key) ?? []), taker]);
      }
    }
  }
  if (ofOne.size === 0 && ofMany.length === 0) return undefined;
  return (of, port) => {
    const known = ofOne.get(`${of} ${port}`);
    if (known === undefined && ofMany.length === 0) return [];
    return [...(known ?? []), ...ofMany].filter(({ takes }) => takes(of, port));
  };
}

export function limitsOf(way: readonly LintRule[]): Limits {
  const first = (name: string) =>
    way.map(({ rule }) => basicValue(rule, name)).find((value) => value !== undefined);
  return { in: first('-i'), to: first('-d')?.replace(/\/(32|128)$/, '') };
}

/** Whether some connections to a port may come past a rule for reasons that no rule of INPUT has. */
function mayPassBy({ rule }: LintRule): boolean {
  const narrow = ['statistic', 'set', 'owner', 'mac', 'mark', 'iprange', 'time', 'string', 'geoip'];
  return (
    basic(rule, '-s') !== undefined ||
    basic(rule, '-d')?.isNegated === true ||
    basic(rule, '-i')?.isNegated === true ||
    isUncertain(rule) ||
    narrow.some((one) => match(rule, one) !== undefined)
  );
}

/** `stays`: the ports that reach INPUT as they are. */
function takenBy(
  one: LintRule,
  family: 'ipv4' | 'ipv6',
): { readonly ports: Ports; readonly stays: Ports[number] | undefined } | undefined {
  const { rule } = one;
  const name = targetName(rule);
  const of = ports(rule, 'dport');
  if ((name !== 'DNAT' && name !== 'REDIRECT') || of === undefined || mayPassBy(one)) return undefined;
  const written = targetValue(rule, name === 'DNAT' ? '--to-destination' : '--to-ports') ?? '';
  const target = natTarget(name === 'DNAT' ? written : `:${written}`, name === 'DNAT' ? family : 'ipv4');
  const isHere = name === 'REDIRECT' || /^(127\.|::1$|$)/.test(target?.first ?? '');
  if (target === undefined || (isHere && target.ports === undefined)) return undefined;
  return { ports: of, stays: isHere ? target.ports : undefined };
}

function isSparing({ rule }: LintRule): boolean {
  return /^(ACCEPT|RETURN)$/.test(targetName(rule) ?? '');
}

function mayMatch({ rule }: LintRule, of: string | undefined, port: number): boolean {
  const mine = protocol(rule);
  const dports = ports(rule, 'dport');
  return (mine === undefined || mine === of) && (dports === undefined || holdsPort(dports, port));
}
