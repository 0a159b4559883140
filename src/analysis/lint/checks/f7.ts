import type { RuleOption, RulePart } from '../../../ruleset/rule.ts';
import type { Chain, Hit, Lint, LintRule, LintRuleset } from '../model.ts';
import { chainOf, jumpedTo } from '../paths.ts';
import { basic, isTerminal, protocol, takesAll, targetName, targetValue } from '../shape.ts';

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

function hitFrom(first: Chain | undefined, ruleset: LintRuleset): readonly Hit[] {
  const at = first === undefined ? undefined : defaultOf(first, ruleset, new Set());
  if (at === undefined || at === 'other') return [];
  const message =
    'it refuses TCP by ICMP, which the kernel limits: many clients wait for a timeout instead of hearing "refused"';
  return targetName(at.rule) === 'REJECT' ? [{ at, message }] : [];
}

/** What takes all that is left of TCP in a chain, or in one that it leaves everything to, as Red Hat's rules do; `other`: no REJECT of ours. */
function defaultOf(chain: Chain, ruleset: LintRuleset, seen: Set<Chain>): LintRule | 'other' | undefined {
  if (seen.has(chain)) return undefined;
  if (chain.tenant !== undefined) return WHOLE.has(chain.tenant) ? 'other' : undefined;
  seen.add(chain);
  for (const one of chain.rules) {
    if (isReset(one)) return 'other';
    if (!takesAll(one.rule)) continue;
    const to = jumpedTo(one, ruleset);
    const found = to === undefined ? undefined : defaultOf(to, ruleset, seen);
    if (found !== undefined) return found;
    const isEnd =
      isTerminal(one.rule) || targetName(one.rule) === 'RETURN' || one.rule.target?.isGoto === true;
    if (isEnd) return isTerminal(one.rule) ? one : undefined;
  }
  return undefined;
}

/** Tools that make the rules of a built-in chain from its first to its last. */
const WHOLE = new Set(['ufw', 'firewalld']);

/** TCP goes no further, whatever its port, or hears it by a reset. */
function isReset({ rule }: LintRule): boolean {
  const name = targetName(rule);
  const isByReset = name === 'REJECT' && targetValue(rule, '--reject-with')?.startsWith('tcp-r') === true;
  if (protocol(rule) !== 'tcp' || (!isByReset && name !== 'DROP')) return false;
  const isOfAll = ({ name: of, values: [value = ''], isNegated }: RuleOption) =>
    !isNegated &&
    (of === '--syn' ||
      (of === '--tcp-flags' && value === 'FIN,SYN,RST,ACK') ||
      (/^--(ct)?state$/.test(of) && /NEW/i.test(value)));
  return (
    ['-s', '-d'].every((of) => basic(rule, of) === undefined) &&
    rule.matches.every((part) => part.name === 'comment' || isSetting(part) || part.options.every(isOfAll))
  );
}

/** It notes the sender, and matches always. */
function isSetting({ name, options }: RulePart): boolean {
  return name === 'recent' && options.some((option) => option.name === '--set' && !option.isNegated);
}
