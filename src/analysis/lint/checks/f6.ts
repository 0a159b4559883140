import type { Rule } from '../../../ruleset/rule.ts';
import type { Lint } from '../model.ts';
import { reachedFrom } from '../paths.ts';
import { basic, basicValue, targetName } from '../shape.ts';
import { letsAllPass } from './closed.ts';

export const f6: Lint = {
  id: 'F6',
  severity: 'warning',
  title: 'loopback told by its address',
  why: 'What the gateway sends to its own address goes through lo with that address as source, not 127.0.0.1: such a rule does not match it, and local clients of local services time out. With -i lo and an address it is the same.',
  fix: 'Accept the interface: -A INPUT -i lo -j ACCEPT.',
  bad: `*filter
:INPUT DROP [0:0]
-A INPUT -s 127.0.0.1 -j ACCEPT
-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
COMMIT`,
  good: `*filter
:INPUT DROP [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
COMMIT`,
  find: (ruleset) => {
    if (letsAllPass(ruleset, 'INPUT')) return [];
    const rules = [...reachedFrom(ruleset, 'filter', 'INPUT')].flatMap((chain) => chain.rules);
    const accepts = rules.filter(({ rule }) => targetName(rule) === 'ACCEPT');
    if (accepts.some(({ rule }) => isOfLo(rule) && !isByAddress(rule))) return [];
    const at = accepts.find(({ rule, chain }) => {
      const isAlone = (basic(rule, '-i') === undefined || isOfLo(rule)) && basic(rule, '-p') === undefined;
      return isByAddress(rule) && isAlone && chain.tenant === undefined;
    });
    const message =
      'it is meant for loopback, and misses what the gateway sends to its own addresses: that comes through lo, but not from this address';
    return at === undefined ? [] : [{ at, message }];
  },
};

function isOfLo(rule: Rule): boolean {
  return basicValue(rule, '-i') === 'lo';
}

/** By 127.0.0.1 as its source, or as its destination at lo. */
function isByAddress(rule: Rule): boolean {
  const isLoopback = (name: string) => /^(127\.|::1(\/128)?$)/.test(basicValue(rule, name) ?? '');
  return isLoopback('-s') || (isOfLo(rule) && isLoopback('-d'));
}
