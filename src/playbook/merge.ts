import { didYouMean } from '../inventory/suggestion.ts';
import type { Problem } from '../problem.ts';
import type { DesiredRuleset, Family, LineSource, Scope } from '../ruleset/model.ts';
import { builtinChains, isBuiltinName, TABLE_NAMES } from '../ruleset/tables.ts';
import { isTarget, targetNames } from '../ruleset/targets.ts';
import type { FragmentTable } from './fragment.ts';
import type { ChainLine } from './fragment-chain.ts';
import type { RuleText } from './fragment-rule.ts';
import { chainScopeProblems, isOwnChain, keepProblems, markedRule } from './merge-scope.ts';
import { type Place, placeName, problemAt, sourceOf } from './origin.ts';

/**
 * Merges fragments, rendered and parsed, into one rule set: per table and chain, rules stand in the order of the fragments, because order matters in a
 * firewall. Every built-in chain of a table that appears is declared, with policy ACCEPT unless a fragment says otherwise.
 * With scope: chains, none of them is, and rules in chains that aren't the play's own are marked.
 * The rule set is undefined when no fragment has a table in this family.
 */
export function mergeFragments(
  fragments: readonly (readonly FragmentTable[])[],
  family: Family,
  scope: Scope,
): { readonly ruleset: DesiredRuleset | undefined; readonly problems: readonly Problem[] } {
  const merged = TABLE_NAMES.flatMap((name) => mergeTable(name, fragments, family, scope) ?? []);
  const problems = merged.flatMap((table) => table.problems);
  if (merged.length === 0) return { ruleset: undefined, problems };
  const lines = merged.flatMap((table) => table.lines);
  const text = lines.map((line) => `${line.text}\n`).join('');
  const ruleset = {
    family,
    text,
    tables: merged.map((table) => table.name),
    sources: lines.map((line) => line.source),
  };
  return { ruleset, problems };
}

type Line = { readonly text: string; readonly source: LineSource | undefined };

function mergeTable(
  name: string,
  fragments: readonly (readonly FragmentTable[])[],
  family: Family,
  scope: Scope,
) {
  const parts = fragments.flatMap((tables) => tables.filter((table) => table.name === name));
  if (parts.length === 0) return undefined;
  const declared = parts.flatMap(({ chains }) => chains);
  const rules = parts.flatMap((table) => table.rules);
  const builtins = builtinChains(name) ?? [];
  const { policies, problems } = policiesOf(declared.filter(({ policy }) => policy !== '-'));
  const chains = new Map<string, ChainLine & Place>();
  for (const chain of declared)
    if (!builtins.includes(chain.chain) && !chains.has(chain.chain)) chains.set(chain.chain, chain);
  const known = new Set([...builtins, ...chains.keys()]);
  const ofScope =
    scope.kind === 'chains'
      ? chainScopeProblems(declared, rules, builtins, scope)
      : keepProblems(declared, rules, builtins, scope.keep, family);
  const lines: Line[] = [
    { text: `*${name}`, source: undefined },
    ...(scope.kind === 'chains' ? [] : builtins).map((chain) => {
      const said = policies.get(chain);
      return { text: `:${chain} ${said?.policy ?? 'ACCEPT'} [0:0]`, source: said && sourceOf(said) };
    }),
    ...[...chains.values()].map((chain) => ({ text: `:${chain.chain} - [0:0]`, source: sourceOf(chain) })),
    ...rules.map((rule) => ({
      text: scope.kind === 'chains' ? markedRule(rule, scope) : rule.text,
      source: sourceOf(rule),
    })),
    { text: 'COMMIT', source: undefined },
  ];
  // What others have made is known on the gateway only.
  const isOthers = (chain: string) =>
    scope.kind === 'chains' && !isOwnChain(chain, scope) && !isBuiltinName(chain);
  const blamed = new Set(ofScope.map(({ file, line }) => `${file} ${line}`));
  const unknown = rules
    .filter(({ origin, line }) => blamed.size === 0 || !blamed.has(`${origin.template.file} ${line}`))
    .flatMap((rule) => chainProblems(rule, known, builtins, name, family, isOthers));
  const policyProblems = scope.kind === 'chains' ? [] : problems;
  return { name, lines, problems: [...policyProblems, ...ofScope, ...unknown] };
}

/** The policy of each built-in chain; a chain that two fragments give different policies is a problem. */
function policiesOf(declared: readonly (ChainLine & Place)[]) {
  const policies = new Map<string, ChainLine & Place>();
  const problems: Problem[] = [];
  for (const chain of declared) {
    const first = policies.get(chain.chain) ?? chain;
    policies.set(chain.chain, first);
    if (first.policy === chain.policy) continue;
    const message = `${chain.chain} has the policy ${chain.policy} here and ${first.policy} in ${placeName(first)}`;
    const remedy = 'Give the policy in one fragment, or the same in each.';
    problems.push(problemAt(chain, { code: 'policy-conflict', message, remedy }));
  }
  return { policies, problems };
}

function chainProblems(
  rule: RuleText & Place,
  known: ReadonlySet<string>,
  builtins: readonly string[],
  table: string,
  family: Family,
  isOthers: (chain: string) => boolean,
): readonly Problem[] {
  const problems: Problem[] = [];
  const { chain, jump } = rule;
  if (!known.has(chain) && !isOthers(chain)) {
    const remedy = `${didYouMean(chain, [...known])}Declare it in *${table}: ":${chain} -".`;
    const message = `-A ${chain}: table ${table} has no such chain`;
    problems.push(problemAt(rule, { code: 'undeclared-chain', message, remedy }));
  }
  if (jump !== undefined && builtins.includes(jump)) {
    const message = `-j ${jump}: nothing can jump to a built-in chain`;
    const remedy = 'Move the shared rules to a chain of your own.';
    problems.push(problemAt(rule, { code: 'undeclared-chain', message, remedy }));
  } else if (jump !== undefined && !known.has(jump) && !isTarget(jump, family) && !isOthers(jump)) {
    const remedy = `${didYouMean(jump, [...known, ...targetNames(family)])}Declare the chain in *${table}: ":${jump} -".`;
    const message = `-j ${jump} is neither a chain of table ${table} nor a target of ${family}`;
    problems.push(problemAt(rule, { code: 'undeclared-chain', message, remedy }));
  }
  return problems;
}
