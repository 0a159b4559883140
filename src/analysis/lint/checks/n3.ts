import type { Chain, Lint, LintRuleset } from '../model.ts';
import { reachedFrom } from '../paths.ts';
import { targetName } from '../shape.ts';

const PLACES: Readonly<Record<string, readonly string[]>> = {
  DNAT: ['PREROUTING', 'OUTPUT'],
  REDIRECT: ['PREROUTING', 'OUTPUT'],
  SNAT: ['POSTROUTING', 'INPUT'],
  MASQUERADE: ['POSTROUTING'],
};

export const n3: Lint = {
  id: 'N3',
  severity: 'error',
  title: 'a translation where the kernel makes none',
  why: 'The kernel refuses DNAT and REDIRECT outside PREROUTING and OUTPUT of nat, SNAT outside POSTROUTING and INPUT, MASQUERADE outside POSTROUTING: the table is not loaded. iptables-restore --test lets all of them pass.',
  fix: 'Move it to the chain in which the kernel translates: DNAT to nat PREROUTING (and OUTPUT for local clients), SNAT and MASQUERADE to nat POSTROUTING.',
  bad: `*nat
-A POSTROUTING -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1
COMMIT`,
  good: `*nat
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1
COMMIT`,
  find: (ruleset) => {
    const roots = rootsOfNat(ruleset);
    return [...ruleset.tables.values()].flatMap(({ name: table, chains }) =>
      [...chains.values()].flatMap((chain) =>
        chain.rules.flatMap((at) => {
          const name = targetName(at.rule) ?? '';
          const places = PLACES[name];
          if (places === undefined) return [];
          const wanted = `nat ${places.join(' and ')}`;
          if (table !== 'nat')
            return [
              {
                at,
                message: `${name} in table ${table}: the kernel translates in ${wanted} alone, and refuses the table`,
              },
            ];
          const wrong = (roots.get(chain) ?? []).find((root) => !places.includes(root));
          return wrong === undefined
            ? []
            : [
                {
                  at,
                  message: `${name} is reached from ${wrong}: the kernel takes it in ${wanted} alone, and refuses the table`,
                },
              ];
        }),
      ),
    );
  },
};

function rootsOfNat(ruleset: LintRuleset): ReadonlyMap<Chain, readonly string[]> {
  const roots = new Map<Chain, string[]>();
  for (const root of ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'])
    for (const chain of reachedFrom(ruleset, 'nat', root))
      roots.set(chain, [...(roots.get(chain) ?? []), root]);
  return roots;
}
