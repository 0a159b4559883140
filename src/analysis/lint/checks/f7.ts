import type { Chain, Hit, Lint, LintRule, LintRuleset } from '../model.ts';
import { chainOf, jumpedTo } from '../paths.ts';
import { protocol, takesAll, targetName, targetValue } from '../shape.ts';

export const f7: Lint = {
  id: 'F7',
  severity: 'info',
  title: 'REJECT as the default, and no tcp-reset',
  why: 'The kernel sends few ICMP errors a second to each peer: of 60 refused connections 50 timed out instead. Resets are not limited.',
  fix: 'Put -p tcp -j REJECT --reject-with tcp-reset before it.',
  bad: `*filter
-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A INPUT -p tcp --dport 22 -j ACCEPT
-A INPUT -j REJECT
COMMIT`,
  good: `*filter
-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A INPUT -p tcp --dport 22 -j ACCEPT
-A INPUT -p tcp -j REJECT --reject-with tcp-reset
-A INPUT -j REJECT
COMMIT`,
  find: (ruleset) => {
    const hits = ['INPUT', 'FORWARD'].flatMap((name) => hitFrom(chainOf(ruleset, 'filter', name), ruleset));
    return hits.filter(({ at }, index) => hits.findIndex((hit) => hit.at === at) === index);
  },
};

/** Follows a chain into the one that it leaves everything to, as Red Hat's rules do. */
function hitFrom(first: Chain | undefined, ruleset: LintRuleset): readonly Hit[] {
  const seen = new Set<Chain>();
  for (let chain = first; chain !== undefined && !seen.has(chain); ) {
    seen.add(chain);
    if (chain.tenant !== undefined || chain.rules.some(isReset)) return [];
    const at = chain.rules.find(({ rule }) => takesAll(rule) && targetName(rule) !== 'LOG');
    if (at === undefined) return [];
    if (targetName(at.rule) === 'REJECT') {
      const message =
        'it refuses TCP by ICMP, which the kernel limits: many clients wait for a timeout instead of hearing "refused"';
      return [{ at, message }];
    }
    chain = jumpedTo(at, ruleset);
  }
  return [];
}

/** TCP goes no further, or hears it by a reset. */
function isReset({ rule }: LintRule): boolean {
  if (protocol(rule) !== 'tcp') return false;
  const isByReset = targetValue(rule, '--reject-with')?.startsWith('tcp-r') ?? false;
  return (targetName(rule) === 'REJECT' && isByReset) || targetName(rule) === 'DROP';
}
