import { normaliseRuleset } from '../../../src/ruleset/canonical/ruleset.ts';
import type { Family } from '../../../src/ruleset/model.ts';
import { chainsOf, saveOfKernel, textOf } from './kernel.ts';
import type { WrittenRule } from './rules.ts';

export type Disagreement = { readonly written: string; readonly kernel: string; readonly ours: string };

export type Comparison = {
  readonly agreed: number;
  readonly disagreements: readonly Disagreement[];
  /** What the normaliser leaves to the kernel, and why. */
  readonly unsure: readonly { readonly written: string; readonly reason: string }[];
  /** What the normaliser takes and the kernel refuses. */
  readonly refused: readonly string[];
};

/** Loads the rules that the normaliser is sure of, and compares; where the kernel refuses the whole, by halves. */
export function compareWithKernel(
  rules: readonly WrittenRule[],
  family: Family,
  backend: 'nft' | 'legacy',
): Comparison {
  const numbers = new Map(rules.map((rule, at) => [rule, at]));
  const number = (rule: WrittenRule) => numbers.get(rule) ?? 0;
  const { text, unsure } = normaliseRuleset(textOf(rules, number), family, backend);
  const ours = chainsOf(text);
  const reasons = new Map(unsure.map(({ rule, reason }) => [rule.split(' ')[1] ?? '', reason]));
  const sure = rules.filter((rule) => !reasons.has(`R${number(rule)}`));
  const result = { agreed: 0, disagreements: [] as Disagreement[], refused: [] as string[] };
  const load = (some: readonly WrittenRule[]): void => {
    if (some.length === 0) return;
    const answer = saveOfKernel(textOf(some, number), family, backend);
    if ('refusal' in answer) {
      if (some.length === 1)
        result.refused.push(`${some[0]?.table}: ${some[0]?.text}: ${answer.refusal.split('\n')[0]}`);
      const half = some.length >> 1;
      if (some.length > 1) for (const part of [some.slice(0, half), some.slice(half)]) load(part);
      return;
    }
    const theirs = chainsOf(answer.saved);
    for (const rule of some) {
      const key = `${rule.table} R${number(rule)}`;
      const [kernel, own] = [theirs.get(key) ?? '', ours.get(key) ?? ''];
      if (kernel === own) result.agreed += 1;
      else result.disagreements.push({ written: rule.text, kernel, ours: own });
    }
  };
  load(sure);
  const left = rules.flatMap((rule) => {
    const reason = reasons.get(`R${number(rule)}`);
    return reason === undefined ? [] : [{ written: rule.text, reason }];
  });
  return { ...result, unsure: left };
}
