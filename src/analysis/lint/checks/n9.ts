import type { Lint } from '../model.ts';
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
        return more.map((at) => {
          const isSame = bare(first.rule.text) === bare(at.rule.text);
          const earlier = where(first, at, 'an earlier rule');
          const message = isSame
            ? `the same rule stands in ${earlier}: this one never matches`
            : `${earlier} takes the same packets: this one never matches`;
          return { at, message };
        });
      });
    }),
};

function bare(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
