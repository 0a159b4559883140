import type { Problem } from '../problem.ts';
import type { Family, Scope } from '../ruleset/model.ts';
import { isTarget } from '../ruleset/targets.ts';
import type { ChainLine } from './fragment-chain.ts';
import type { RuleText } from './fragment-rule.ts';
import { type Place, problemAt } from './origin.ts';

type Chains = Extract<Scope, { readonly kind: 'chains' }>;

/** Tells whether a chain is the play's own. */
export function isOwnChain(chain: string, { prefix }: Chains): boolean {
  return chain.startsWith(prefix);
}

/**
 * What a table of a play that owns only chains may not hold: policies, chains of other names, and rules in chains of others that
 * are no jump to an own one.
 */
export function chainScopeProblems(
  declared: readonly (ChainLine & Place)[],
  rules: readonly (RuleText & Place)[],
  builtins: readonly string[],
  scope: Chains,
): readonly Problem[] {
  const ofChains = declared.flatMap((line): readonly Problem[] => {
    if (builtins.includes(line.chain)) {
      if (line.policy === '-') return [];
      const message = `${line.chain} has the policy ${line.policy}: with scope: chains, policies are not the play's`;
      return [
        problem(
          'foreign-chain',
          line,
          message,
          'Remove the line; end a chain of your own with -j DROP instead.',
        ),
      ];
    }
    if (isOwnChain(line.chain, scope)) return [];
    const message = `the chain ${line.chain} does not begin with the play's prefix ${scope.prefix}`;
    return [
      problem(
        'foreign-chain',
        line,
        message,
        `Name it ${scope.prefix}…; a chain of others needs no declaration.`,
      ),
    ];
  });
  const ofRules = rules.flatMap((rule): readonly Problem[] => {
    if (isOwnChain(rule.chain, scope) || (rule.jump !== undefined && isOwnChain(rule.jump, scope))) return [];
    const message = `-A ${rule.chain}: with scope: chains, a chain that isn't the play's own takes only jumps to its own`;
    return [
      problem('foreign-rule', rule, message, `Move the rule to a chain ${scope.prefix}…, and jump to that.`),
    ];
  });
  return [...ofChains, ...ofRules];
}

/** A rule in a chain of others, with the mark by which it is found again. */
export function markedRule({ chain, text }: RuleText, scope: Chains): string {
  if (isOwnChain(chain, scope)) return text;
  const rest = text.replace(/^\S+\s+("[^"]*"|\S+)\s*/, '');
  return `-A ${chain} -m comment --comment "${scope.mark}" ${rest}`;
}

/** Chains that `keep` leaves to others can't be the play's as well. */
export function keepProblems(
  declared: readonly (ChainLine & Place)[],
  rules: readonly (RuleText & Place)[],
  builtins: readonly string[],
  keep: readonly string[],
  family: Family,
): readonly Problem[] {
  if (keep.length === 0) return [];
  const globOf = (chain: string) =>
    builtins.includes(chain) ? undefined : keep.find((glob) => matches(chain, glob));
  const ofChains = declared.flatMap((line) => {
    const glob = globOf(line.chain);
    if (glob === undefined) return [];
    const message = `keep: "${glob}" leaves the chain ${line.chain} to others`;
    return [problem('kept-chain', line, message, 'Give the chain another name, or narrow the glob.')];
  });
  const declaredNames = new Set(declared.map(({ chain }) => chain));
  const ofRules = rules.flatMap((rule) => {
    const { chain: at, jump } = rule;
    const named = jump === undefined || isTarget(jump, family) ? [at] : [at, jump];
    const chain = named.find((name) => globOf(name) !== undefined);
    if (chain === undefined || declaredNames.has(chain)) return [];
    const message = `keep: "${globOf(chain)}" leaves the chain ${chain}, and the jumps to it, to others`;
    return [problem('kept-chain', rule, message, 'Remove the rule: what is kept stays where it stands.')];
  });
  return [...ofChains, ...ofRules];
}

/** Matches a chain name against a glob in which only * and ? mean something. */
function matches(chain: string, glob: string): boolean {
  const pattern = glob.replace(/[.+]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${pattern}$`).test(chain);
}

function problem(code: string, place: Place, message: string, remedy: string): Problem {
  return problemAt(place, { code, message, remedy });
}
