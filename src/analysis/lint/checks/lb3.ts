import type { Rule } from '../../../ruleset/rule.ts';
import type { Chain, Lint, LintRule } from '../model.ts';
import { isTerminal, match, matchOption, states, targetName, targetValue } from '../shape.ts';
import { isZero } from './shares.ts';

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
  find: ({ tables, around }) => {
    const chains = [...(tables.get('mangle')?.chains.values() ?? [])];
    const isKept = around.isPartial === true || keepsMarks(chains.flatMap(({ rules }) => rules));
    return chains
      .filter((chain) => chain.tenant === undefined)
      .flatMap((chain) => {
        const at = chain.rules.find((one) => isPerPacket(one, isKept) && !isSpared(one, chains, isKept));
        const message = 'it marks packet by packet: the packets of one connection get different marks';
        return at === undefined || isReachedOnce(chain, chains) ? [] : [{ at, message }];
      });
  },
};

/** A connection remembers its mark, and gives it to its packets: else each of them comes without one. */
function keepsMarks(rules: readonly LintRule[]): boolean {
  const has = (rule: Rule, name: string) =>
    rule.target?.options.some((option) => option.name === name) === true;
  const restores = rules.some(({ rule }) => has(rule, '--restore-mark'));
  const isOfConnection = (rule: Rule) =>
    targetName(rule) === 'CONNMARK' && (has(rule, '--save-mark') || setsMark(rule));
  return restores && rules.some(({ rule }) => isOfConnection(rule));
}

function isPerPacket({ rule }: LintRule, isKept: boolean): boolean {
  if (!setsMark(rule) || match(rule, 'statistic') === undefined) return false;
  const isFirst = states(rule).length === 1 && states(rule)[0] === 'NEW';
  const isUnmarked = match(rule, 'connmark') !== undefined || (isKept && match(rule, 'mark') !== undefined);
  return !isFirst && !isUnmarked && matchOption(rule, '--syn', '--tcp-flags') === undefined;
}

function setsMark(rule: Rule): boolean {
  const name = targetName(rule);
  if (name === 'MARK') return true;
  return (
    name === 'CONNMARK' && (targetValue(rule, '--set-mark') ?? targetValue(rule, '--set-xmark')) !== undefined
  );
}

/** Only new or unmarked connections come here. */
function isReachedOnce(chain: Chain, chains: readonly Chain[]): boolean {
  return jumpsTo(chain, chains).some(
    ({ rule }) =>
      states(rule).includes('NEW') ||
      match(rule, 'connmark') !== undefined ||
      match(rule, 'mark') !== undefined,
  );
}

/** Each connection is marked by its first packet, one way or the other, and an earlier rule spares those that are. */
function isSpared(one: LintRule, chains: readonly Chain[], isKept: boolean): boolean {
  const isRestMarked = one.chain.rules.some(
    ({ rule }) => setsMark(rule) && match(rule, 'statistic') === undefined,
  );
  return (
    isRestMarked &&
    [one, ...jumpsTo(one.chain, chains)].some(({ chain, at }) =>
      chain.rules.slice(0, at).some(({ rule }) => spares(rule, isKept)),
    )
  );
}

/** `-m mark ! --mark 0 -j ACCEPT`: what has a mark goes no further here. */
function spares(rule: Rule, isKept: boolean): boolean {
  if (!isTerminal(rule) && targetName(rule) !== 'RETURN') return false;
  const { options = [] } = match(rule, 'connmark') ?? (isKept ? match(rule, 'mark') : undefined) ?? {};
  return options.some(({ name, values, isNegated }) => name === '--mark' && isZero(values[0]) === isNegated);
}

function jumpsTo(chain: Chain, chains: readonly Chain[]): readonly LintRule[] {
  if (chain.isBuiltin) return [];
  return chains.flatMap(({ rules }) => rules.filter(({ rule }) => rule.target?.name === chain.name));
}
