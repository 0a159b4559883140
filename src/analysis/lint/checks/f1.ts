import type { Hit, Lint, LintRule, LintRuleset } from '../model.ts';
import { pathsFrom } from '../paths.ts';
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
    const taken = takersIn(ruleset);
    if (taken.size === 0) return [];
    const interfaces = interfacesIn(ruleset);
    return [...pathsFrom(ruleset, 'filter', 'INPUT')].flatMap(([{ rules, tenant }, paths]) =>
      tenant !== undefined
        ? []
        : rules.flatMap((at) => {
            if (targetName(at.rule) !== 'ACCEPT') return [];
            const ways = paths.map((path) => [...path, at]);
            const [first, ...more] = ways.map((way) => takerOf(way, taken));
            if (first === undefined || more.includes(undefined)) return [];
            return [hitOf(at, first, limitsOf(ways[0] ?? [at]), interfaces)];
          }),
    );
  },
};

/** Takes every connection to a port away from it, within its own limits: those of its rule and of the jumps that lead there. */
type Taker = { readonly at: LintRule } & Limits;
type Limits = { readonly in: string | undefined; readonly to: string | undefined };

function hitOf(at: LintRule, taker: Taker, mine: Limits, interfaces: ReadonlySet<string>): Hit {
  const by = `nat PREROUTING (${where(taker.at, at, 'some rule')})`;
  const isElsewhere =
    mine.in === undefined && taker.in !== undefined && [...interfaces].some((one) => one !== taker.in);
  const isOther = taker.to !== undefined && mine.to === undefined;
  if (!isElsewhere && !isOther)
    return {
      at,
      message: `${by} sends this port elsewhere before INPUT is reached: the rule never matches`,
    };
  const of = [isOther ? `for ${taker.to}` : '', isElsewhere ? `at ${taker.in}` : '']
    .filter(Boolean)
    .join(' ');
  const message = `${by} sends what comes ${of} elsewhere before INPUT is reached: the rule is for what comes otherwise alone`;
  return { at, message, severity: 'info' };
}

/** By `tcp 80`. */
function takersIn(ruleset: LintRuleset): ReadonlyMap<string, Taker> {
  const takers = new Map<string, Taker>();
  for (const [{ rules }, paths] of pathsFrom(ruleset, 'nat', 'PREROUTING')) {
    const path = paths.find((jumps) => !jumps.some(mayPassBy));
    if (path === undefined) continue;
    for (const at of rules) {
      const port = takenPort(at, ruleset.family);
      if (port !== undefined && !takers.has(port)) takers.set(port, { ...limitsOf([...path, at]), at });
    }
  }
  return takers;
}

function limitsOf(way: readonly LintRule[]): Limits {
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

function takenPort(one: LintRule, family: 'ipv4' | 'ipv6'): string | undefined {
  const { rule } = one;
  const name = targetName(rule);
  const [[from, to] = [-1, -2], ...more] = ports(rule, 'dport') ?? [];
  if ((name !== 'DNAT' && name !== 'REDIRECT') || from !== to || more.length > 0 || mayPassBy(one))
    return undefined;
  const written = targetValue(rule, name === 'DNAT' ? '--to-destination' : '--to-ports') ?? '';
  const target = natTarget(name === 'DNAT' ? written : `:${written}`, name === 'DNAT' ? family : 'ipv4');
  const isHere = name === 'REDIRECT' || /^(127\.|::1$|$)/.test(target?.first ?? '');
  const keepsPort = target?.ports === undefined || holdsPort([target.ports], from);
  if (target === undefined || (isHere && keepsPort)) return undefined;
  return `${protocol(rule)} ${from}`;
}

/** Of a rule of INPUT, and the jumps that lead to it. */
function takerOf(way: readonly LintRule[], taken: ReadonlyMap<string, Taker>): Taker | undefined {
  const rule = way.at(-1)?.rule;
  const of = rule === undefined ? undefined : ports(rule, 'dport');
  if (
    rule === undefined ||
    of === undefined ||
    of.some(([from, to]) => from !== to) ||
    matchOption(rule, '--ctorigdstport', '--ctdir')
  )
    return undefined;
  const takers = of.map(([port]) => taken.get(`${protocol(rule)} ${port}`));
  const [first] = takers;
  if (first === undefined || takers.includes(undefined)) return undefined;
  const mine = limitsOf(way);
  const differs = (a: string | undefined, b: string | undefined) =>
    a !== undefined && b !== undefined && a !== b;
  const isElsewhere = mine.in === 'lo' || way.some((one) => basic(one.rule, '-i')?.isNegated === true);
  return differs(mine.in, first.in) || differs(mine.to, first.to) || isElsewhere ? undefined : first;
}

/** All that any rule names, but loopback. */
function interfacesIn({ rules }: LintRuleset): ReadonlySet<string> {
  const named = rules.flatMap(({ rule }) =>
    ['-i', '-o'].flatMap((name) => basic(rule, name)?.values[0] ?? []),
  );
  return new Set(named.filter((name) => name !== 'lo'));
}
