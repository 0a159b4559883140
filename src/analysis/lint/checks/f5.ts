import type { Lint } from '../model.ts';
import { reachedFrom } from '../paths.ts';
import { basic, matchOption, namesPorts, ports, states, targetName } from '../shape.ts';
import { letsAllPass } from './closed.ts';

export const f5: Lint = {
  id: 'F5',
  severity: 'error',
  title: 'ACCEPT by source port',
  why: "The source port is the sender's choice: with --sport 53 -j ACCEPT, whoever binds port 53 reaches every port of the gateway. It was meant to let answers in, and lets anybody in.",
  fix: 'Accept answers by their state: -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT.',
  bad: `*filter
-A INPUT -p udp --sport 53 -j ACCEPT
COMMIT`,
  good: `*filter
-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
COMMIT`,
  find: (ruleset) => {
    // Where nothing is dropped, the rule lets nobody in who wasn't before.
    const roots = (['INPUT', 'FORWARD'] as const).filter((root) => !letsAllPass(ruleset, root));
    const chains = new Set(roots.flatMap((root) => [...reachedFrom(ruleset, 'filter', root)]));
    return [...chains].flatMap(({ rules, tenant }) =>
      tenant !== undefined
        ? []
        : rules.flatMap((at) => {
            const { rule } = at;
            const of = matchOption(rule, '--sport', '--sports');
            if (
              targetName(rule) !== 'ACCEPT' ||
              of === undefined ||
              of.isNegated ||
              namesPorts(rule, 'dport')
            )
              return [];
            const state = matchOption(rule, '--ctstate', '--state');
            const isAnswer = state !== undefined && (state.isNegated || !states(rule).includes('NEW'));
            const isNoStart =
              matchOption(rule, '--syn')?.isNegated === true ||
              matchOption(rule, '--tcp-flags', '--ctdir', '--icmp-type') !== undefined;
            const isFromSome =
              ['-s', '-d'].some((name) => basic(rule, name) !== undefined) ||
              basic(rule, '-i')?.values[0] === 'lo' ||
              rule.matches.some(({ name }) =>
                [
                  'set',
                  'iprange',
                  'mark',
                  'connmark',
                  'mac',
                  'owner',
                  'string',
                  'u32',
                  'policy',
                  'recent',
                ].includes(name),
              );
            if (isAnswer || isNoStart || isFromSome || ports(rule, 'sport') === undefined) return [];
            return [
              {
                at,
                message: `whoever sends from port ${of.values[0]} reaches every port: the source port is the sender's choice`,
              },
            ];
          }),
    );
  },
};
