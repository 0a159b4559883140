import { didYouMean } from '../inventory/suggestion.ts';
import type { Problem } from '../problem.ts';
import type { DesiredRuleset, Family, LineSource, Scope } from '../ruleset/model.ts';
import { builtinChains, isBuiltinName, TABLE_NAMES } from '../ruleset/tables.ts';
import { isTarget, targetNames } from '../ruleset/targets.ts';
import type { FragmentTable } from './fragment.ts';
import type { ChainLine } from './fragment-chain.ts';
import { chainScopeProblems, isOwnChain, keepProblems, markedRule } from './merge-scope.ts';
import type { Template } from './template.ts';

/** A fragment, rendered and parsed. */
export type RenderedFragment = { readonly template: Template; readonly tables: readonly FragmentTable[] };

/** A line of one table, and the template that it came from. */
export type Placed<T> = T & { readonly template: Template };

/**
 * Merges fragments into one rule set: per table and chain, rules stand in the order of the fragments, because order matters in a
 * firewall. Every built-in chain of a table that appears is declared, with policy ACCEPT unless a fragment says otherwise.
 * With scope: chains, none of them is, and rules in chains that aren't the play's own are marked.
 * The rule set is undefined when no fragment has a table in this family.
 */
export function mergeFragments(
  fragments: readonly RenderedFragment[],
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

function mergeTable(name: string, fragments: readonly RenderedFragment[], family: Family, scope: Scope) {
  const parts = fragments.flatMap(({ template, tables }) =>
    tables.filter((table) => table.name === name).map((table) => ({ template, table })),
  );
  if (parts.length === 0) return undefined;
  const declared = parts.flatMap(({ template, table }) =>
    table.chains.map((chain) => ({ ...chain, template })),
  );
  const rules = parts.flatMap(({ template, table }) => table.rules.map((rule) => ({ ...rule, template })));
  const builtins = builtinChains(name) ?? [];
  const { policies, problems } = policiesOf(declared.filter(({ policy }) => policy !== '-'));
  const chains = new Map<string, Placed<ChainLine>>();
  for (const chain of declared)
    if (!builtins.includes(chain.chain) && !chains.has(chain.chain)) chains.set(chain.chain, chain);
  const known = new Set([...builtins, ...chains.keys()]);
  const ofScope =
    scope.kind === 'chains'
      ? chainScopeProblems(declared, rules, builtins, scope)
      : keepProblems(declared, rules, builtins, scope.keep, family);
  const lines: Line[] = [
    { text: `*${name}`, source: undefined },
    ...(scope.kind === 'chains' ? [] : builtins).map((chain) => ({
      text: `:${chain} ${policies.get(chain)?.policy ?? 'ACCEPT'} [0:0]`,
      source: sourceOf(policies.get(chain)),
    })),
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
    .filter(({ template, line }) => !blamed.has(`${template.file} ${line}`))
    .flatMap((rule) => chainProblems(rule, known, builtins, name, family, isOthers));
  const policyProblems = scope.kind === 'chains' ? [] : problems;
  return { name, lines, problems: [...policyProblems, ...ofScope, ...unknown] };
}

/** The policy of each built-in chain; a chain that two fragments give different policies is a problem. */
function policiesOf(declared: readonly Placed<ChainLine>[]) {
  const policies = new Map<string, Placed<ChainLine>>();
  const problems: Problem[] = [];
  for (const chain of declared) {
    const first = policies.get(chain.chain) ?? chain;
    policies.set(chain.chain, first);
    if (first.policy === chain.policy) continue;
    const message = `${chain.chain} has the policy ${chain.policy} here and ${first.policy} in ${first.template.file}:${first.line}`;
    problems.push({
      code: 'policy-conflict',
      ...placeOf(chain),
      message,
      remedy: 'Give the policy in one fragment, or the same in each.',
    });
  }
  return { policies, problems };
}

function chainProblems(
  rule: Placed<{ readonly chain: string; readonly jump: string | undefined; readonly line: number }>,
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
    problems.push({
      code: 'undeclared-chain',
      ...placeOf(rule),
      message: `-A ${chain}: table ${table} has no such chain`,
      remedy,
    });
  }
  if (jump !== undefined && builtins.includes(jump)) {
    problems.push({
      code: 'undeclared-chain',
      ...placeOf(rule),
      message: `-j ${jump}: nothing can jump to a built-in chain`,
      remedy: 'Move the shared rules to a chain of your own.',
    });
  } else if (jump !== undefined && !known.has(jump) && !isTarget(jump, family) && !isOthers(jump)) {
    const remedy = `${didYouMean(jump, [...known, ...targetNames(family)])}Declare the chain in *${table}: ":${jump} -".`;
    problems.push({
      code: 'undeclared-chain',
      ...placeOf(rule),
      message: `-j ${jump} is neither a chain of table ${table} nor a target of ${family}`,
      remedy,
    });
  }
  return problems;
}

function placeOf({ template, line }: Placed<{ readonly line: number }>): {
  readonly file: string;
  readonly line: number;
} {
  return { file: template.file, line };
}

function sourceOf(placed: Placed<{ readonly line: number }> | undefined): LineSource | undefined {
  return placed === undefined ? undefined : { template: placed.template.name, line: placed.line };
}
