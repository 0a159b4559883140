import type { Chain, LintRule, LintRuleset } from '../model.ts';
import { createEnding, jumpedTo } from '../paths.ts';
import { grouped, isTerminal, match, matchKey, matchOption, targetName } from '../shape.ts';

/** Rules of one chain that share the same packets out among them, by `statistic`. */
export type Share = {
  /** Those with a `statistic`, in their order. */
  readonly rules: readonly LintRule[];
  /** A rule after them that takes what they leave. */
  readonly last: LintRule | undefined;
  readonly mode: 'nth' | 'random';
};

/** All groups of two or more: the next rule sees only what the ones before it left. */
export function sharesIn(ruleset: LintRuleset, table: string): readonly Share[] {
  const ends = createEnding(ruleset);
  const isFinal = (one: LintRule) => {
    const to = jumpedTo(one, ruleset);
    return (
      isTerminal(one.rule) ||
      marksUnmarked(one) ||
      (to !== undefined && (one.rule.target?.isGoto === true || ends(to)))
    );
  };
  const shares: Share[] = [];
  for (const chain of ruleset.tables.get(table)?.chains.values() ?? []) {
    if (chain.tenant !== undefined) continue;
    for (const rules of grouped(chain.rules, (one) => groupOf(one, isFinal))) {
      if (rules.length < 2) continue;
      const [first] = rules;
      const mode = matchOption(first?.rule ?? never(), '--mode')?.values[0] === 'nth' ? 'nth' : 'random';
      shares.push({ rules, last: lastOf(chain, rules, isFinal), mode });
    }
  }
  return shares;
}

/** `-m mark --mark 0 … -j MARK`: it goes on, but the rules that ask for no mark see it no more. */
function marksUnmarked({ rule }: LintRule): boolean {
  const by = { MARK: 'mark', CONNMARK: 'connmark' }[targetName(rule) ?? ''];
  const asked = by === undefined ? undefined : match(rule, by)?.options.find(({ name }) => name === '--mark');
  const sets = rule.target?.options.some(({ name }) => name === '--set-mark' || name === '--set-xmark');
  return asked !== undefined && !asked.isNegated && isZero(asked.values[0]) && sets === true;
}

/** Of a mark, whatever its mask. */
export function isZero(mark = ''): boolean {
  return /^0(x0+)?(\/|$)/i.test(mark);
}

function groupOf(one: LintRule, isFinal: (one: LintRule) => boolean): string | undefined {
  if (match(one.rule, 'statistic') === undefined || !isFinal(one)) return undefined;
  return `${matchOption(one.rule, '--mode')?.values[0]}\t${matchKey(one.rule, 'statistic')}`;
}

/** The rule that takes the rest: of the same packets, or of more. */
function lastOf(
  chain: Chain,
  rules: readonly LintRule[],
  isFinal: (one: LintRule) => boolean,
): LintRule | undefined {
  const [{ rule } = never()] = rules;
  const words = new Set(matchKey(rule, 'statistic').split('\t'));
  return chain.rules.slice((rules.at(-1)?.at ?? 0) + 1).find((later) => {
    if (match(later.rule, 'statistic') !== undefined || !isFinal(later)) return false;
    const key = matchKey(later.rule);
    return key === '' || key.split('\t').every((word) => words.has(word));
  });
}

function never(): never {
  throw new Error('a group has rules');
}
