import type { Lint, LintRule, LintRuleset } from '../model.ts';
import { jumpedTo, rulesOf } from '../paths.ts';
import { basicValue, holdsPort, ports, protocol, targetName, targetValue } from '../shape.ts';
import { where } from '../where.ts';
import { natTarget } from './nat-target.ts';

export const n7: Lint = {
  id: 'N7',
  severity: 'warning',
  title: "DNAT to another DNAT's address",
  why: 'A packet is translated once: after the first DNAT the table nat is left, and the rule of the second address is never asked. A NodePort that pointed at a ClusterIP reached nobody.',
  fix: 'Jump to the chain that translates the second address, or name its backends here.',
  bad: `*nat
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination 10.96.0.1:80
-A PREROUTING -d 10.96.0.1 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1:8080
COMMIT`,
  good: `*nat
:WEB - [0:0]
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -j WEB
-A PREROUTING -d 10.96.0.1 -p tcp --dport 80 -j WEB
-A WEB -p tcp -j DNAT --to-destination 10.0.0.1:8080
COMMIT`,
  find: (ruleset) => {
    const vips = new Map<string, LintRule[]>();
    for (const one of rulesOf(ruleset, 'nat')) {
      const address = basicValue(one.rule, '-d')?.replace(/\/(32|128)$/, '');
      if (address === undefined || address.includes('/') || !translates(one, ruleset)) continue;
      const rules = vips.get(address);
      if (rules === undefined) vips.set(address, [one]);
      else rules.push(one);
    }
    return [...rulesOf(ruleset, 'nat')].flatMap((at) => {
      if (targetName(at.rule) !== 'DNAT' || at.chain.tenant !== undefined) return [];
      const to = natTarget(targetValue(at.rule, '--to-destination') ?? '', ruleset.family);
      if (to === undefined || to.last !== undefined) return [];
      const port = to.ports?.[0] ?? onePort(at);
      const second = vips
        .get(to.first)
        ?.find(
          (other) => other !== at && jumpedTo(other, ruleset) !== at.chain && couldTake(other, at, port),
        );
      if (second === undefined) return [];
      const message = `${to.first}${port === undefined ? '' : `:${port}`} is itself translated further on (${where(second, at, 'some rule')}), which never happens: a packet is translated once`;
      return [{ at, message }];
    });
  },
};

function onePort({ rule }: LintRule): number | undefined {
  const [[from, to] = [-1, -2], ...more] = ports(rule, 'dport') ?? [];
  return from === to && more.length === 0 ? from : undefined;
}

function translates(one: LintRule, ruleset: LintRuleset): boolean {
  if (targetName(one.rule) === 'DNAT') return true;
  return jumpedTo(one, ruleset)?.rules.some(({ rule }) => targetName(rule) === 'DNAT') ?? false;
}

function couldTake(other: LintRule, at: LintRule, port: number | undefined): boolean {
  const [a, b] = [protocol(other.rule), protocol(at.rule)];
  if (a !== undefined && b !== undefined && a !== b) return false;
  const of = ports(other.rule, 'dport');
  return of === undefined || (port !== undefined && holdsPort(of, port));
}
