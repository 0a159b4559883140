import type { Lint } from '../model.ts';
import { matchOption, targetName } from '../shape.ts';
import { sharesIn } from './shares.ts';
import { SHARING_TABLES } from './tables.ts';

export const lb2: Lint = {
  id: 'LB2',
  severity: 'warning',
  title: 'shares that do not chain, or a last rule with a condition',
  why: 'Each probability is of what the rules before left. Three rules with .333 each left 30 % of the connections with no backend, and were refused.',
  fix: 'Of n backends give the first 1/n, the next 1/(n-1) … and the last no condition at all; with weights, its weight divided by the sum of those that are left.',
  bad: `*nat
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -m statistic --mode random --probability .33 -j DNAT --to-destination 10.0.0.1
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -m statistic --mode random --probability .33 -j DNAT --to-destination 10.0.0.2
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -m statistic --mode random --probability .33 -j DNAT --to-destination 10.0.0.3
COMMIT`,
  good: `*nat
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -m statistic --mode random --probability .33333 -j DNAT --to-destination 10.0.0.1
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -m statistic --mode random --probability .5 -j DNAT --to-destination 10.0.0.2
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.3
COMMIT`,
  find: (ruleset) =>
    SHARING_TABLES.flatMap((table) => sharesIn(ruleset, table)).flatMap(({ rules, mode, last }) => {
      const at = rules.at(-1);
      if (at === undefined) return [];
      const portions = rules.map(({ rule }) =>
        mode === 'nth'
          ? 1 / Number(matchOption(rule, '--every')?.values[0])
          : Number(matchOption(rule, '--probability')?.values[0]),
      );
      const left = portions.reduce((rest, portion) => rest * (1 - portion), 1);
      // Equal everies are another mistake, and told there.
      const isTold =
        mode === 'nth' && portions.some((one, index) => index > 0 && one === portions[index - 1]);
      if (isTold) return [];
      // Without a mark packets take the way that they had, and that may well be a share.
      const isLost = last === undefined && !['MARK', 'CONNMARK'].includes(targetName(at.rule) ?? '');
      if (isLost && left > 0.001) {
        const message = `the last of ${rules.length} rules that share these connections has a condition, too: ${Math.round(left * 100)} % are taken by none of them and stay with the gateway itself`;
        return [{ at, message }];
      }
      const wanted = 1 / (rules.length + 1);
      const isNaive =
        mode === 'random' &&
        last !== undefined &&
        rules.length > 1 &&
        portions.every((one) => Math.abs(one - wanted) < 0.02);
      if (!isNaive) return [];
      const message = `${rules.length + 1} backends are to get equal shares, but each probability is of what the rules before it left: the last one gets ${Math.round(left * 100)} %`;
      return [{ at, message }];
    }),
};
