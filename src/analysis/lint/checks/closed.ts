import type { Rule } from '../../../ruleset/rule.ts';
import type { Chain, Hit, LintRule, LintRuleset } from '../model.ts';
import { chainOf, reachedFrom } from '../paths.ts';
import { basic, isDrop, matchOption, states, takesAll, targetName } from '../shape.ts';

/** A built-in chain of filter that drops what none of its rules takes. */
export type Closed = {
  readonly at: Hit['at'];
  /** The rules of it, and of chains below, that may let something pass. */
  readonly passes: readonly LintRule[];
};

/** Undefined for a chain that is open by default, and where rules that nobody can see here may open it. */
export function closedBy(ruleset: LintRuleset, root: 'INPUT' | 'FORWARD'): Closed | undefined {
  const chain = chainOf(ruleset, 'filter', root);
  const at = chain === undefined ? undefined : defaultDrop(chain);
  if (at === undefined || ruleset.around.isPartial === true) return undefined;
  const reached = [...reachedFrom(ruleset, 'filter', root)];
  if (reached.some(({ tenant }) => tenant !== undefined) || leadsAway(reached)) return undefined;
  const passes = reached
    .flatMap(({ rules }) => rules)
    .filter(({ rule }) => !isDrop(rule) && rule.target !== undefined);
  return { at, passes };
}

/** The policy, or a last rule that drops everything. */
export function defaultDrop(chain: Chain): Hit['at'] | undefined {
  const last = chain.rules.find(
    ({ rule }) => takesAll(rule) && (isDrop(rule) || targetName(rule) === 'ACCEPT'),
  );
  if (last !== undefined) return isDrop(last.rule) ? last : undefined;
  return chain.policy === 'DROP' ? chain : undefined;
}

/** Whether a built-in chain of filter lets everything pass, as far as it goes: its policy says so, and its rules take away broken packets at most. */
export function letsAllPass(ruleset: LintRuleset, root: 'INPUT' | 'FORWARD'): boolean {
  if (chainOf(ruleset, 'filter', root)?.policy !== 'ACCEPT' || ruleset.around.isPartial === true)
    return false;
  const reached = [...reachedFrom(ruleset, 'filter', root)];
  return !leadsAway(reached) && !reached.some(({ rules }) => rules.some(takesAway));
}

const PASSING = new Set(['ACCEPT', 'RETURN', 'LOG', 'NFLOG', 'MARK', 'CONNMARK']);

function takesAway({ rule }: LintRule): boolean {
  const { doubt, target } = rule;
  const isJump = target === undefined || (target.known === undefined && !VERDICTS.has(target.name));
  return doubt !== undefined || (!isJump && !PASSING.has(target.name) && !isOfBroken(rule));
}

/** Of fragments, of flags that no connection has, of states that are not NEW. */
function isOfBroken(rule: Rule): boolean {
  const flags = matchOption(rule, '--tcp-flags');
  const isStart = flags?.values[0] === 'FIN,SYN,RST,ACK' && flags.values[1] === 'SYN' && !flags.isNegated;
  return (
    basic(rule, '-f') !== undefined ||
    (flags !== undefined && !isStart) ||
    matchOption(rule, '--syn')?.isNegated === true ||
    (states(rule).length > 0 && !states(rule).includes('NEW'))
  );
}

const VERDICTS = new Set(['ACCEPT', 'DROP', 'RETURN', 'QUEUE']);

function leadsAway(reached: readonly Chain[]): boolean {
  const names = new Set(reached.map(({ name }) => name));
  return reached.some(({ rules }) =>
    rules.some(
      ({ rule: { target } }) =>
        target !== undefined &&
        target.known === undefined &&
        !names.has(target.name) &&
        !VERDICTS.has(target.name),
    ),
  );
}
