import type { Chain, Lint, LintRule } from '../model.ts';
import { match, matchOption, states, targetName, targetValue } from '../shape.ts';

export const lb3: Lint = {
  id: 'LB3',
  severity: 'warning',
  title: 'a share by MARK on every packet',
  why: 'In mangle every packet of a connection is counted anew, so the packets of one connection get different marks. With connections of three packets, three backends got 300, 0 and 0 of 300.',
  fix: 'Decide once: -m conntrack --ctstate NEW on the rule, then CONNMARK --save-mark, and CONNMARK --restore-mark for the packets that follow.',
  bad: `*mangle
-A PREROUTING -p tcp --dport 80 -m statistic --mode nth --every 2 --packet 0 -j MARK --set-mark 1
COMMIT`,
  good: `*mangle
-A PREROUTING -j CONNMARK --restore-mark
-A PREROUTING -p tcp --dport 80 -m conntrack --ctstate NEW -m statistic --mode nth --every 2 --packet 0 -j MARK --set-mark 1
-A PREROUTING -j CONNMARK --save-mark
COMMIT`,
  find: ({ tables }) =>
    [...(tables.get('mangle')?.chains.values() ?? [])]
      .filter(({ tenant }) => tenant === undefined)
      .flatMap((chain) => {
        const jumpsByState = jumpedOnce(chain, tables.get('mangle')?.chains.values() ?? []);
        const at = jumpsByState ? undefined : chain.rules.find(isPerPacket);
        const message = 'it marks packet by packet: the packets of one connection get different marks';
        return at === undefined ? [] : [{ at, message }];
      }),
};

function isPerPacket({ rule }: LintRule): boolean {
  const name = targetName(rule);
  const sets =
    name === 'MARK' ||
    (name === 'CONNMARK' &&
      (targetValue(rule, '--set-mark') ?? targetValue(rule, '--set-xmark')) !== undefined);
  if (!sets || match(rule, 'statistic') === undefined) return false;
  const isFirst = states(rule).length === 1 && states(rule)[0] === 'NEW';
  const isUnmarked = match(rule, 'connmark') !== undefined || match(rule, 'mark') !== undefined;
  return !isFirst && !isUnmarked && matchOption(rule, '--syn', '--tcp-flags') === undefined;
}

/** Only new or unmarked connections come here. */
function jumpedOnce(chain: Chain, chains: Iterable<Chain>): boolean {
  if (chain.isBuiltin) return false;
  return [...chains].some(({ rules }) =>
    rules.some(
      ({ rule }) =>
        rule.target?.name === chain.name &&
        (states(rule).includes('NEW') ||
          match(rule, 'connmark') !== undefined ||
          match(rule, 'mark') !== undefined),
    ),
  );
}
