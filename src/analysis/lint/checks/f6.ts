import type { Lint } from '../model.ts';
import { reachedFrom } from '../paths.ts';
import { basic, basicValue, targetName } from '../shape.ts';

export const f6: Lint = {
  id: 'F6',
  severity: 'warning',
  title: 'loopback told by its address',
  why: 'What the gateway sends to its own address goes through lo with that address as source, not 127.0.0.1: such a rule does not match it, and local clients of local services time out.',
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
    const rules = [...reachedFrom(ruleset, 'filter', 'INPUT')].flatMap((chain) => chain.rules);
    const isOpen = rules.some(
      ({ rule }) =>
        targetName(rule) === 'ACCEPT' && basicValue(rule, '-i') === 'lo' && basic(rule, '-s') === undefined,
    );
    if (isOpen) return [];
    const at = rules.find(({ rule, chain }) => {
      const from = basicValue(rule, '-s') ?? '';
      const isLoopback = /^(127\.|::1(\/128)?$)/.test(from);
      const isAlone = basic(rule, '-i') === undefined && basic(rule, '-p') === undefined;
      return isLoopback && isAlone && targetName(rule) === 'ACCEPT' && chain.tenant === undefined;
    });
    const message =
      'it is meant for loopback, and misses what the gateway sends to its own addresses: that comes through lo, but not from this address';
    return at === undefined ? [] : [{ at, message }];
  },
};
