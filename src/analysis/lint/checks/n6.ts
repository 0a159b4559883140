import type { Family } from '../../../ruleset/model.ts';
import type { Lint, LintRule } from '../model.ts';
import { chainOf } from '../paths.ts';
import { basic, basicValue, states, targetName, targetValue } from '../shape.ts';
import { natTarget } from './nat-target.ts';
import { holdsAddress } from './networks.ts';

export const n6: Lint = {
  id: 'N6',
  severity: 'info',
  title: 'clients beside the backend, and no hairpin',
  why: "A client in the backend's own network that asks for the public address is sent to the backend, which answers it directly, past the gateway: the client drops an answer from an address that it never asked, and the connection hangs.",
  fix: 'Masquerade what comes from that network and was translated: -s NET -d NET -m conntrack --ctstate DNAT -j MASQUERADE.',
  bad: `*nat
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1
-A POSTROUTING -s 10.0.0.0/24 -o wan -j MASQUERADE
COMMIT`,
  good: `*nat
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1
-A POSTROUTING -s 10.0.0.0/24 -d 10.0.0.0/24 -m conntrack --ctstate DNAT -j MASQUERADE
-A POSTROUTING -s 10.0.0.0/24 -o wan -j MASQUERADE
COMMIT`,
  find: (ruleset) => {
    const post = chainOf(ruleset, 'nat', 'POSTROUTING')?.rules ?? [];
    const hides = post.filter(({ rule }) => ['MASQUERADE', 'SNAT'].includes(targetName(rule) ?? ''));
    // Where it leaves the chain, nobody can tell from here.
    if (
      hides.length === 0 ||
      post.some(
        ({ rule }) =>
          rule.target?.known === undefined &&
          rule.target !== undefined &&
          !/^(ACCEPT|RETURN)$/.test(rule.target.name),
      )
    )
      return [];
    const networks = hides.flatMap(({ rule }) => basicValue(rule, '-s') ?? []);
    for (const at of chainOf(ruleset, 'nat', 'PREROUTING')?.rules ?? []) {
      const to =
        targetName(at.rule) === 'DNAT'
          ? natTarget(targetValue(at.rule, '--to-destination') ?? '', ruleset.family)?.first
          : undefined;
      if (
        to === undefined ||
        to === '' ||
        basicValue(at.rule, '-i') !== undefined ||
        basicValue(at.rule, '-s') !== undefined
      )
        continue;
      const network = networks.find(
        (one) => /\/(?!32$|128$)/.test(one) && holdsAddress(one, to, ruleset.family),
      );
      if (network === undefined || hides.some((one) => mayHairpin(one, to, ruleset.family))) continue;
      const message = `a client in ${network} that asks for this address is sent to ${to}, which answers it past the gateway: the connection hangs`;
      return [{ at, message }];
    }
    return [];
  },
};

/** Whether packets to the backend may be masqueraded by this rule: not where it is for another way out, or for what leaves the network. */
function mayHairpin({ rule }: LintRule, backend: string, family: Family): boolean {
  const to = basic(rule, '-d');
  if (to !== undefined) return holdsAddress(to.values[0] ?? '', backend, family) !== to.isNegated;
  return states(rule).includes('DNAT') || basic(rule, '-o') === undefined;
}
