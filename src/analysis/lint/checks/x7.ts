import { isNetwork } from '../../../ruleset/address.ts';
import type { Family } from '../../../ruleset/model.ts';
import type { Rule } from '../../../ruleset/rule.ts';
import type { Lint } from '../model.ts';

export const x7: Lint = {
  id: 'X7',
  severity: 'warning',
  title: 'a name in place of an address',
  why: 'iptables asks DNS once, when the rules are loaded. At boot there is no DNS yet: the whole table is refused and stays empty. Later the name may move on, and the rule does not.',
  fix: 'Write the address, or a set that something keeps up to date.',
  bad: `*filter
-A INPUT -s admin.example.net -p tcp --dport 22 -j ACCEPT
COMMIT`,
  good: `*filter
-A INPUT -s 198.51.100.7 -p tcp --dport 22 -j ACCEPT
COMMIT`,
  find: ({ rules, family }) =>
    rules.flatMap((at) => {
      const name = nameIn(at.rule, family);
      if (name === undefined) return [];
      const message = `"${name}" is a name: it is looked up once, when the rules are loaded, and where there is no DNS yet the table is not loaded`;
      return [{ at, message }];
    }),
};

function nameIn({ basics }: Rule, family: Family): string | undefined {
  for (const { name, values } of basics) {
    if (name !== '-s' && name !== '-d') continue;
    const found = (values[0] ?? '').split(',').find((value) => isName(value, family));
    if (found !== undefined) return found;
  }
  return undefined;
}

function isName(text: string, family: Family): boolean {
  if (!/^[a-z_][\w.-]*(\/|$)/i.test(text) || /^[\da-f.:]+$/i.test(text)) return false;
  return !isNetwork(text, family) && !isPlaceholder(text) && !OF_HOSTS.test(text);
}

/** Every /etc/hosts has it. */
const OF_HOSTS = /^(ip6-)?localhost(\.localdomain)?(\/|$)/i;

/** `WAN_IP`, `public-ip`: no host has such a name; something is to put an address there. */
function isPlaceholder(text: string): boolean {
  return (
    /^[A-Z0-9]*_[A-Z0-9_]*(\/|$)/.test(text) ||
    /^[\w-]*[_-](ip[46]?|addr|address|net|network|subnet)(\/|$)/i.test(text)
  );
}
