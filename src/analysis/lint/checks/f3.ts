import type { Lint, LintRule, LintRuleset } from '../model.ts';
import { createEnding, jumpedTo } from '../paths.ts';
import { isTerminal, takesAll, targetName } from '../shape.ts';
import { where } from '../where.ts';

export const f3: Lint = {
  id: 'F3',
  severity: 'error',
  title: 'rules after one that takes everything',
  why: 'A rule without any match that ends what it matches takes every packet: what stands after it in its chain counted 0 packets.',
  fix: 'Move it to the end of the chain; with several fragments, list the one that ends the chain last.',
  bad: `*filter
-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A INPUT -p tcp --dport 22 -j ACCEPT
-A INPUT -j DROP
-A INPUT -p tcp --dport 443 -j ACCEPT
COMMIT`,
  good: `*filter
-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A INPUT -p tcp --dport 22 -j ACCEPT
-A INPUT -p tcp --dport 443 -j ACCEPT
-A INPUT -j DROP
COMMIT`,
  find: (ruleset) => {
    const ends = createEnding(ruleset);
    const isLast = (one: LintRule) => {
      if (!takesAll(one.rule) || one.rule.target === undefined) return false;
      if (isTerminal(one.rule) || targetName(one.rule) === 'RETURN') return true;
      const to = jumpedTo(one, ruleset);
      return to !== undefined && (one.rule.target.isGoto || ends(to));
    };
    return [...ruleset.tables.values()].flatMap(({ chains }) =>
      [...chains.values()].flatMap((chain) => {
        const last = chain.tenant === undefined ? chain.rules.find(isLast) : undefined;
        if (last === undefined) return [];
        const dead = chain.rules
          .slice(last.at + 1)
          .filter((one) => !saysTheSame(one.rule, last.rule) && !isOfOneTool(one, last, ruleset));
        const [at] = dead;
        if (at === undefined) return [];
        const more =
          dead.length === 1 ? 'this rule never matches' : `this rule and ${dead.length - 1} more never match`;
        return [
          {
            at,
            message: `"-j ${targetName(last.rule)}" (${where(last, at, 'some rule')}) takes everything that reaches it in ${chain.name}: ${more}`,
          },
        ];
      }),
    );
  },
};

/** Dead, and it would do no more than the one that makes it so, or than the end of the chain. */
function saysTheSame(rule: LintRule['rule'], last: LintRule['rule']): boolean {
  const verdict = (name: string | undefined) => (name === 'REJECT' ? 'DROP' : name);
  const isEnd = rule.target === undefined || (targetName(rule) === 'RETURN' && takesAll(rule));
  return verdict(targetName(rule)) === verdict(targetName(last)) || isEnd;
}

/** Both are jumps of another tool, as ufw lines them up: what it does not need is not ours to move. */
function isOfOneTool(one: LintRule, last: LintRule, ruleset: LintRuleset): boolean {
  const tool = jumpedTo(last, ruleset)?.tenant;
  return tool !== undefined && jumpedTo(one, ruleset)?.tenant === tool;
}
