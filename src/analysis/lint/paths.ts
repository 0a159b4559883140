import type { Chain, LintRule, LintRuleset } from './model.ts';
import { isTerminal, takesAll } from './shape.ts';

/** Every rule of a table, in the order of its chains. */
export function* rulesOf(ruleset: LintRuleset, table: string): Generator<LintRule> {
  for (const chain of ruleset.tables.get(table)?.chains.values() ?? []) yield* chain.rules;
}

export function chainOf(ruleset: LintRuleset, table: string, name: string): Chain | undefined {
  return ruleset.tables.get(table)?.chains.get(name);
}

/** The user's chain that a rule jumps or goes to. */
export function jumpedTo({ rule, chain }: LintRule, ruleset: LintRuleset): Chain | undefined {
  const { target } = rule;
  if (target === undefined || target.known !== undefined) return undefined;
  return ruleset.tables.get(chain.table)?.chains.get(target.name);
}

/** The jumps that lead from a built-in chain to a chain: none for the built-in chain itself. */
export type Path = readonly LintRule[];

/** Chains that many jumps lead to are looked at by the first ones. */
const PATHS = 16;

/** All chains that packets reach from a built-in chain, with the ways that lead there. */
export function pathsFrom(
  ruleset: LintRuleset,
  table: string,
  root: string,
): ReadonlyMap<Chain, readonly Path[]> {
  const paths = new Map<Chain, Path[]>();
  const first = chainOf(ruleset, table, root);
  if (first === undefined) return paths;
  const open: [Chain, Path][] = [[first, []]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [chain, path] = next;
    const known = paths.get(chain) ?? [];
    if (known.length >= PATHS || path.some((jump) => jump.chain === chain)) continue;
    paths.set(chain, [...known, path]);
    for (const rule of chain.rules) {
      const to = jumpedTo(rule, ruleset);
      if (to !== undefined) open.push([to, [...path, rule]]);
    }
  }
  return paths;
}

/** The chains that packets reach from a built-in chain, itself included. */
export function reachedFrom(ruleset: LintRuleset, table: string, root: string): ReadonlySet<Chain> {
  const reached = new Set<Chain>();
  const open = [chainOf(ruleset, table, root)];
  for (let chain = open.pop(); chain !== undefined; chain = open.pop()) {
    if (reached.has(chain)) continue;
    reached.add(chain);
    for (const rule of chain.rules) {
      const to = jumpedTo(rule, ruleset);
      if (to !== undefined) open.push(to);
    }
  }
  return reached;
}

/** Tells of chains whether every packet that enters them ends there, so that none comes back. */
export function createEnding(ruleset: LintRuleset): (chain: Chain) => boolean {
  const known = new Map<Chain, boolean>();
  const ends = (chain: Chain): boolean => {
    const found = known.get(chain);
    if (found !== undefined) return found;
    // A loop of jumps ends nowhere.
    known.set(chain, false);
    const answer = endsIn(chain);
    known.set(chain, answer);
    return answer;
  };
  const endsIn = (chain: Chain) => {
    for (const one of chain.rules) {
      const { rule } = one;
      if (rule.target?.name === 'RETURN' || rule.target?.isGoto === true) return false;
      if (!takesAll(rule)) continue;
      if (isTerminal(rule)) return true;
      const to = jumpedTo(one, ruleset);
      if (to !== undefined && ends(to)) return true;
    }
    return false;
  };
  return ends;
}
