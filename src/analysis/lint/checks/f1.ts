import type { Lint, LintRule } from '../model.ts';
import { reachedFrom } from '../paths.ts';
import {
  basic,
  basicValue,
  holdsPort,
  isUncertain,
  match,
  matchOption,
  ports,
  protocol,
  targetName,
  targetValue,
} from '../shape.ts';
import { where } from '../where.ts';
import { natTarget } from './nat-target.ts';

export const f1: Lint = {
  id: 'F1',
  severity: 'warning',
  title: 'an INPUT rule for a port that is translated before',
  why: 'PREROUTING comes first: what DNAT sends to a backend goes through FORWARD and never meets INPUT, and what REDIRECT sends to another port meets INPUT with that port. The rule counted 0 packets.',
  fix: 'Accept it in FORWARD: -m conntrack --ctstate DNAT -j ACCEPT. For REDIRECT accept the new port, with --ctorigdstport for the old one.',
  bad: `*nat
-A PREROUTING -i wan -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1
COMMIT
*filter
:INPUT DROP [0:0]
-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A INPUT -p tcp --dport 80 -j ACCEPT
COMMIT`,
  good: `*nat
-A PREROUTING -i wan -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1
COMMIT
*filter
:FORWARD DROP [0:0]
-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A FORWARD -m conntrack --ctstate DNAT -j ACCEPT
COMMIT`,
  find: (ruleset) => {
    const taken = new Map<string, LintRule>();
    for (const one of [...reachedFrom(ruleset, 'nat', 'PREROUTING')].flatMap(({ rules }) => rules)) {
      const port = takenPort(one, ruleset.family);
      if (port !== undefined && !taken.has(port)) taken.set(port, one);
    }
    if (taken.size === 0) return [];
    return [...reachedFrom(ruleset, 'filter', 'INPUT')].flatMap(({ rules, tenant }) =>
      tenant !== undefined
        ? []
        : rules.flatMap((at) => {
            const by = targetName(at.rule) === 'ACCEPT' ? takerOf(at, taken) : undefined;
            if (by === undefined) return [];
            const message = `nat PREROUTING (${where(by, at, 'some rule')}) sends this port elsewhere before INPUT is reached: the rule never matches`;
            return [{ at, message }];
          }),
    );
  },
};

/** `tcp 80`, where every connection to the port is translated away from it: for the rule's own addresses and interfaces. */
function takenPort({ rule }: LintRule, family: 'ipv4' | 'ipv6'): string | undefined {
  const name = targetName(rule);
  const of = ports(rule, 'dport');
  const [[from, to] = [-1, -2], ...more] = of ?? [];
  if ((name !== 'DNAT' && name !== 'REDIRECT') || from !== to || more.length > 0) return undefined;
  // Others may come here all the same.
  if (basic(rule, '-s') !== undefined || basic(rule, '-d')?.isNegated || basic(rule, '-i')?.isNegated)
    return undefined;
  const narrow = ['statistic', 'set', 'owner', 'mac', 'mark', 'iprange', 'time', 'string', 'geoip'];
  if (isUncertain(rule) || narrow.some((one) => match(rule, one) !== undefined)) return undefined;
  const written = targetValue(rule, name === 'DNAT' ? '--to-destination' : '--to-ports') ?? '';
  const target = natTarget(name === 'DNAT' ? written : `:${written}`, name === 'DNAT' ? family : 'ipv4');
  const isHere = name === 'REDIRECT' || /^(127\.|::1$|$)/.test(target?.first ?? '');
  const keepsPort = target?.ports === undefined || holdsPort([target.ports], from);
  if (target === undefined || (isHere && keepsPort)) return undefined;
  return `${protocol(rule)} ${from}`;
}

function takerOf({ rule }: LintRule, taken: ReadonlyMap<string, LintRule>): LintRule | undefined {
  const of = ports(rule, 'dport');
  if (
    of === undefined ||
    of.some(([from, to]) => from !== to) ||
    matchOption(rule, '--ctorigdstport', '--ctdir')
  )
    return undefined;
  const takers = of.map(([port]) => taken.get(`${protocol(rule)} ${port}`));
  const [first] = takers;
  if (first === undefined || takers.some((taker) => taker === undefined)) return undefined;
  const differs = (name: string) => {
    const [mine, theirs] = [basicValue(rule, name), basicValue(first.rule, name)];
    return mine !== undefined && theirs !== undefined && bare(mine) !== bare(theirs);
  };
  const isElsewhere = basicValue(rule, '-i') === 'lo' || basic(rule, '-i')?.isNegated === true;
  return differs('-i') || differs('-d') || isElsewhere ? undefined : first;
}

function bare(network: string): string {
  return network.replace(/\/(32|128)$/, '');
}
