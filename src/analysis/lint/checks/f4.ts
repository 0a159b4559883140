import type { Chain, Lint, LintRule, LintRuleset } from '../model.ts';
import { jumpedTo } from '../paths.ts';
import { isDrop, isUncertain, match, matchOption, ports, protocol, takesAll, targetName } from '../shape.ts';

export const f4: Lint = {
  id: 'F4',
  severity: 'warning',
  title: 'limit and ACCEPT, and nothing drops what is over the limit',
  why: 'A limit only stops matching: what is over it goes on to the next rule, and to the policy. With no drop there, the limit does nothing at all.',
  fix: 'Drop the same packets right after it; for a limit per client, -m hashlimit --hashlimit-above … -j DROP on NEW: one client can then not use up what the others need.',
  bad: `*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp --dport 80 --syn -m limit --limit 10/second -j ACCEPT
COMMIT`,
  good: `*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp --dport 80 --syn -m limit --limit 10/second -j ACCEPT
-A INPUT -p tcp --dport 80 --syn -j DROP
COMMIT`,
  find: (ruleset) => {
    const knows = createDrops(ruleset);
    return [...(ruleset.tables.get('filter')?.chains.values() ?? [])].flatMap((chain) =>
      chain.tenant !== undefined
        ? []
        : chain.rules.flatMap((at) => {
            if (targetName(at.rule) !== 'ACCEPT' || !isLimited(at)) return [];
            if (knows(at)) return [];
            return [
              {
                at,
                message:
                  'what is over the limit is accepted all the same: no later rule drops it, and the policy is ACCEPT',
              },
            ];
          }),
    );
  },
};

function isLimited({ rule }: LintRule): boolean {
  return match(rule, 'limit') !== undefined || matchOption(rule, '--hashlimit-upto')?.isNegated === false;
}

/** Tells of rules whether what they leave may be dropped later, as far as can be told. */
function createDrops(ruleset: LintRuleset): (at: LintRule) => boolean {
  const last = new Map<Chain, ReadonlyMap<string, number>>();
  const callers = callersIn(ruleset);
  const indexOf = (chain: Chain) => {
    const known = last.get(chain) ?? dropsIn(chain, ruleset);
    last.set(chain, known);
    return known;
  };
  const isDropped = (
    of: readonly string[],
    chain: Chain,
    after: number,
    seen: ReadonlySet<Chain>,
  ): boolean => {
    if (seen.has(chain)) return false;
    const index = indexOf(chain);
    if (of.some((kind) => (index.get(kind) ?? -1) > after)) return true;
    if (chain.isBuiltin)
      return chain.policy === 'DROP' || (chain.policy === undefined && ruleset.around.isPartial === true);
    const from = callers.get(chain) ?? [];
    return (
      from.length === 0 || from.some((one) => isDropped(of, one.chain, one.at, new Set([...seen, chain])))
    );
  };
  return (at) => isDropped(kindsOf(at), at.chain, at.at, new Set());
}

function callersIn(ruleset: LintRuleset): ReadonlyMap<Chain, readonly LintRule[]> {
  const callers = new Map<Chain, LintRule[]>();
  for (const { rules } of ruleset.tables.get('filter')?.chains.values() ?? []) {
    for (const one of rules) {
      const to = jumpedTo(one, ruleset);
      if (to === undefined) continue;
      const known = callers.get(to);
      if (known === undefined) callers.set(to, [one]);
      else if (known.length < 16) known.push(one);
    }
  }
  return callers;
}

/** Where a chain drops packets of a kind for the last time. Kinds: `*`, `tcp`, `tcp 80`. */
function dropsIn(chain: Chain, ruleset: LintRuleset): ReadonlyMap<string, number> {
  const index = new Map<string, number>();
  for (const one of chain.rules) {
    const to = jumpedTo(one, ruleset);
    const isUnknown =
      one.rule.target !== undefined &&
      one.rule.target.known === undefined &&
      to === undefined &&
      !/^(ACCEPT|RETURN|QUEUE)$/.test(one.rule.target.name);
    const drops =
      isDrop(one.rule) ||
      isUnknown ||
      to?.rules.some(
        ({ rule }) =>
          isDrop(rule) ||
          (rule.target?.known === undefined && !/^(ACCEPT|RETURN)$/.test(rule.target?.name ?? 'RETURN')),
      );
    if (drops && (!isUncertain(one.rule) || takesAll(one.rule))) index.set(kindOf(one), one.at);
  }
  return index;
}

function kindOf({ rule }: LintRule): string {
  const of = protocol(rule);
  if (of === undefined) return '*';
  const [[from, to] = [-1, -2], ...more] = ports(rule, 'dport') ?? [];
  return from === to && more.length === 0 ? `${of} ${from}` : of;
}

/** The kinds of drops that would take what this rule leaves. */
function kindsOf(one: LintRule): readonly string[] {
  const of = protocol(one.rule);
  return [...new Set(['*', ...(of === undefined ? [] : [of]), kindOf(one)])];
}
