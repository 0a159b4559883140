import { distance } from 'fastest-levenshtein';
import { isTarget } from '../../../ruleset/targets.ts';
import { tenantOf } from '../../../ruleset/tenants.ts';
import { splitTokens } from '../../../ruleset/tokens.ts';
import type { Hit, Lint, LintRule, LintRuleset } from '../model.ts';

/** The matches of iptables 1.8.9, both families. */
const MATCHES = new Set('ah dst eui64 frag hbh hl icmp6 icmpv6 ipv6-icmp ipv6header mh ipv6-mh mobility-header rt srh icmp realm ttl addrtype bpf cgroup cluster comment connbytes connlabel connlimit connmark conntrack cpu dccp devgroup dscp ecn esp hashlimit helper ipcomp iprange ipvs length limit mac mark multiport nfacct osf owner physdev pkttype policy quota rateest recent rpfilter sctp set socket standard state statistic string tcp tcpmss time tos u32 udp'.split(' ')); // biome-ignore format: a list

/** What there was once, or never, and what does it now. */
const GONE: Readonly<Record<string, string>> = {
  nth: 'it was taken out of the kernel in 2006: -m statistic --mode nth',
  random: 'it was taken out of the kernel in 2006: -m statistic --mode random',
  selinux: 'there never was such a match; a SELinux label is set by -j SECMARK in the table security',
  mport: 'it is -m multiport now',
  iplimit: 'it is -m connlimit now',
  dstlimit: 'it is -m hashlimit now',
  fuzzy: 'it was taken out: -m limit or -m hashlimit',
  unclean: 'it was taken out: -m conntrack --ctstate INVALID',
  account: 'it is no part of iptables: -m nfacct or counters of rules',
};

export const x1: Lint = {
  id: 'X1',
  severity: 'error',
  title: 'what no iptables takes',
  why: 'A match that does not exist, a chain that nobody declared, a table without COMMIT, a dash or quote as a text program types it: iptables refuses the line, iptables-restore the whole table ("Couldn\'t load match nth", "Bad argument –p"), and a script goes on without that rule.',
  fix: 'Write what iptables has: see iptables-extensions(8); declare chains (":MINE - [0:0]"); type "-" and \'"\' as plain characters.',
  bad: `*nat
-A PREROUTING -p tcp --dport 80 -i wan -m nth --every 2 --packet 0 -j DNAT --to-destination 10.0.0.1
-A PREROUTING –p tcp --dport 443 -i wan -j DNAT --to-destination 10.0.0.1
COMMIT`,
  good: `*nat
-A PREROUTING -p tcp --dport 80 -i wan -m statistic --mode nth --every 2 --packet 0 -j DNAT --to-destination 10.0.0.1
-A PREROUTING -p tcp --dport 80 -i wan -j DNAT --to-destination 10.0.0.2
COMMIT`,
  find: (ruleset) => [
    ...(ruleset.faults ?? []),
    ...ruleset.rules.flatMap((at) => hitsAt(at, ruleset)),
    ...(ruleset.script ?? []).flatMap(({ words, place }): readonly Hit[] => {
      const message = typographic(words);
      return message === undefined ? [] : [{ at: { words, place }, message }];
    }),
  ],
};

const ASCII = /^[ -~]*$/;

function hitsAt(at: LintRule, ruleset: LintRuleset): readonly Hit[] {
  const { rule, chain } = at;
  if (chain.tenant !== undefined) return [];
  const typed = ASCII.test(rule.text)
    ? undefined
    : typographic(
        splitTokens(rule.text)
          .tokens.filter(({ isQuoted }) => !isQuoted)
          .map(({ text }) => text),
      );
  if (typed !== undefined) return [{ at, message: typed }];
  for (const { name } of rule.matches) {
    const hit = MATCHES.has(name) ? undefined : unknownMatch(at, name);
    if (hit !== undefined) return [hit];
  }
  const { chains = new Map<string, never>() } = ruleset.tables.get(chain.table) ?? {};
  const isKnown = (name: string) =>
    chains.get(name)?.isDeclared === true || tenantOf(name) !== undefined || name === 'DOCKER-USER';
  if (ruleset.around.isPartial === true) return [];
  if (!isKnown(chain.name))
    return at.at === 0
      ? [
          {
            at,
            message: `the chain ${chain.name} is never declared in table ${chain.table}: nothing of the table is loaded`,
          },
        ]
      : [];
  const { target } = rule;
  if (
    target === undefined ||
    target.known !== undefined ||
    isTarget(target.name, ruleset.family) ||
    isKnown(target.name)
  )
    return [];
  return [
    {
      at,
      message: `${target.name} is neither a target of iptables nor a chain that is declared in table ${chain.table}`,
    },
  ];
}

function unknownMatch(at: LintRule, name: string): Hit {
  const gone = GONE[name];
  if (gone !== undefined) return { at, message: `no iptables loads -m ${name}: ${gone}` };
  const near = [...MATCHES].find((known) => distance(known, name) === 1);
  if (near !== undefined)
    return { at, message: `there is no match ${name}: -m ${near} is meant, most likely` };
  return {
    at,
    severity: 'warning',
    message: `-m ${name} is no match of iptables 1.8: where the extension isn't installed, the table is not loaded`,
    fix: 'See that every gateway has it, in xtables-addons or elsewhere.',
  };
}

function typographic(words: readonly string[]): string | undefined {
  for (const word of words) {
    if (/^[\u2010-\u2015\u2212]/.test(word))
      return `"${word}" begins with a typographic dash: iptables takes "-" and "--" alone`;
    if (/[\u2018-\u201f\u00ab\u00bb]/.test(word))
      return `${word} holds a typographic quote: iptables takes '"' alone`;
    if (/[\u00a0\u2007\u202f]/.test(word)) return 'it holds a blank that is none to iptables (U+00A0)';
  }
  return undefined;
}
