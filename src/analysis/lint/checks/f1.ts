import type { Hit, Lint, LintRule, LintRuleset } from '../model.ts';
import { pathsFrom } from '../paths.ts';
import {
  basic,
  basicValue,
  holdsPort,
  matchOption,
  type Ports,
  ports,
  protocol,
  targetName,
} from '../shape.ts';
import { where } from '../where.ts';
import { type Limits, limitsOf, type Taker, type Takers, takersIn } from './taken.ts';

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
    const takers = takersIn(ruleset);
    if (takers === undefined) return [];
    let interfaces: ReadonlySet<string> | undefined;
    const ssh = ruleset.around.management?.port ?? 22;
    return [...pathsFrom(ruleset, 'filter', 'INPUT')].flatMap(([{ rules, tenant }, paths]) =>
      tenant !== undefined
        ? []
        : rules.flatMap((at) => {
            const of = ports(at.rule, 'dport');
            if (targetName(at.rule) !== 'ACCEPT' || of === undefined) return [];
            const ways = paths.map((path) => [...path, at]);
            const [taker, ...more] = ways.map((way) => takerOf(way, of, takers));
            if (taker === undefined || more.includes(undefined)) return [];
            const mine = limitsOf(ways[0] ?? [at]);
            // It may well be for them.
            if (taker.in !== undefined && mine.in === undefined) {
              interfaces ??= interfacesIn(ruleset);
              if (hasOthers(interfaces, taker.in)) return [];
            }
            const hit = hitOf(at, taker, mine);
            // Its own login beside one that is translated, or one port of many: nothing new to anybody.
            return hit.severity === 'info' && (holdsPort(of, ssh) || taker.isOfMany) ? [] : [hit];
          }),
    );
  },
};

function hitOf(at: LintRule, taker: Taker, mine: Limits): Hit {
  const by = `nat PREROUTING (${where(taker.at, at, 'some rule')})`;
  if (taker.to === undefined || mine.to !== undefined)
    return { at, message: `${by} sends this port elsewhere before INPUT is reached: the rule never matches` };
  const message = `${by} sends what comes for ${taker.to} elsewhere before INPUT is reached: the rule is for other addresses alone`;
  return { at, message, severity: 'info' };
}

/** Who takes all ports of a rule of INPUT, with the jumps that lead to it. */
function takerOf(way: readonly LintRule[], of: Ports, takers: Takers): Taker | undefined {
  const rule = way.at(-1)?.rule;
  if (rule === undefined || of.some(([from, to]) => from !== to)) return undefined;
  const name = protocol(rule);
  const [first = [], ...more] = of.map(([port]) => takers(name, port));
  if ([first, ...more].some(({ length }) => length === 0)) return undefined;
  const mine = limitsOf(way);
  // What the gateway sends to itself never meets PREROUTING of nat.
  const isLocal =
    mine.in === 'lo' || way.some((one) => /^(127\.|::1)/.test(basicValue(one.rule, '-s') ?? ''));
  const isOther =
    matchOption(rule, '--ctorigdstport', '--ctdir') !== undefined ||
    way.some((one) => basic(one.rule, '-i')?.isNegated === true);
  if (isLocal || isOther) return undefined;
  const differs = (a: string | undefined, b: string | undefined) =>
    a !== undefined && b !== undefined && a !== b;
  const isMine = (taker: Taker) => !differs(mine.in, taker.in) && !differs(mine.to, taker.to);
  return more.every((takersOf) => takersOf.some(isMine)) ? first.find(isMine) : undefined;
}

function hasOthers(interfaces: ReadonlySet<string>, one: string): boolean {
  return interfaces.size > (interfaces.has(one) ? 1 : 0);
}

/** All that any rule names, but loopback. */
function interfacesIn({ rules }: LintRuleset): ReadonlySet<string> {
  const named = rules.flatMap(({ rule }) =>
    ['-i', '-o'].flatMap((name) => basic(rule, name)?.values[0] ?? []),
  );
  return new Set(named.filter((name) => name !== 'lo'));
}
