import type { Lint } from '../model.ts';
import { matchOption } from '../shape.ts';
import { sharesIn } from './shares.ts';
import { SHARING_TABLES } from './tables.ts';

export const lb1: Lint = {
  id: 'LB1',
  severity: 'error',
  title: 'nth rules that each count only what is left',
  why: 'A rule of statistic nth counts the packets that reach it, and those that an earlier rule took never do. Three rules with every 3 and packet 0, 1, 2, as many articles have them, served 300, 200 and 133 of 900 connections, and 267 reached no backend at all.',
  fix: 'Count down: --every 3 --packet 0, then --every 2 --packet 0, then the last rule without statistic: 300, 300, 300.',
  bad: `*nat
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -m statistic --mode nth --every 3 --packet 0 -j DNAT --to-destination 10.0.0.1
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -m statistic --mode nth --every 3 --packet 1 -j DNAT --to-destination 10.0.0.2
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -m statistic --mode nth --every 3 --packet 2 -j DNAT --to-destination 10.0.0.3
COMMIT`,
  good: `*nat
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -m statistic --mode nth --every 3 --packet 0 -j DNAT --to-destination 10.0.0.1
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -m statistic --mode nth --every 2 --packet 0 -j DNAT --to-destination 10.0.0.2
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.3
COMMIT`,
  find: (ruleset) =>
    SHARING_TABLES.flatMap((table) => sharesIn(ruleset, table)).flatMap(({ rules, mode, last }) => {
      if (mode !== 'nth') return [];
      const everies = rules.map(({ rule }) => Number(matchOption(rule, '--every')?.values[0]));
      const packets = rules.map(({ rule }) => Number(matchOption(rule, '--packet')?.values[0] ?? 0));
      const at = everies.findIndex((every, index) => index > 0 && every === everies[index - 1] && every > 1);
      const rule = rules[at];
      if (rule === undefined) return [];
      const same = packets.some((packet) => packet !== 0) ? `, packet ${packets.join(', ')}` : '';
      const shares = sharesOf(everies, last !== undefined);
      const message = `${rules.length} rules share these connections by nth with every ${everies.join(', ')}${same}: each counts only what the ones before it left, so they get ${shares}`;
      return [{ at: rule, message }];
    }),
};

/** What each gets in the long run, in per cent. */
function sharesOf(everies: readonly number[], hasLast: boolean): string {
  let left = 1;
  const shares = everies.map((every) => {
    const share = left / every;
    left -= share;
    return Math.round(share * 100);
  });
  const rest = Math.round(left * 100);
  return `${[...shares, ...(hasLast ? [rest] : [])].join(', ')} %${hasLast ? '' : `, and ${rest} % are taken by none of them`}`;
}
