import type { Lint, LintRule } from '../model.ts';
import { grouped, isTerminal, isUncertain, matchKey } from '../shape.ts';
import { where } from '../where.ts';

export const n9: Lint = {
  id: 'N9',
  severity: 'warning',
  title: 'two translations of the same packets',
  why: 'The first rule that matches translates and ends; the second of the same match counts 0 packets for ever. It is no failover and no sharing out.',
  fix: 'Remove one; to share out between both, give the first -m statistic.',
  bad: `*nat
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.2
COMMIT`,
  good: `*nat
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -m statistic --mode nth --every 2 --packet 0 -j DNAT --to-destination 10.0.0.1
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.2
COMMIT`,
  find: ({ tables }) =>
    [...(tables.get('nat')?.chains.values() ?? [])].flatMap((chain) => {
      if (chain.tenant !== undefined) return [];
      const final = chain.rules.filter(({ rule }) => isTerminal(rule) && rule.doubt === undefined);
      const certain = grouped(final, ({ rule }) => (isUncertain(rule) ? undefined : matchKey(rule)));
      // What takes everything ends the chain, which is told of all that stands after it.
      return certain.flatMap(([first, ...more]) => {
        if (first === undefined || matchKey(first.rule) === '') return [];
        const isSame = ({ rule }: LintRule) => bare(rule.text) === bare(first.rule.text);
        const copies = more.filter(isSame);
        return more.flatMap((at) => {
          const earlier = where(first, at, 'an earlier rule');
          if (!isSame(at))
            return [{ at, message: `${earlier} takes the same packets: this one never matches` }];
          if (at !== copies[0]) return [];
          const count = copies.length - 1;
          const which = count === 0 ? 'this one never matches' : `this one and ${count} more never match`;
          return [{ at, message: `the same rule stands in ${earlier}: ${which}` }];
        });
      });
    }),
};

function bare(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
