import type { RuleOption } from '../../../ruleset/rule.ts';
import type { Lint, LintRule } from '../model.ts';
import { reachedFrom } from '../paths.ts';
import { basic, basicValue, matchOption, namesPorts, ports, states, targetName } from '../shape.ts';
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
            const of = ports(at.rule, 'sport');
            if (of === undefined || !opensToAnybody(at) || of.some(isClients)) return [];
            const to = basicValue(at.rule, '-d');
            const written = matchOption(at.rule, '--sport', '--sports')?.values[0];
            const message = `whoever sends from port ${written} reaches every port${to === undefined ? '' : ` of ${to}`}: the source port is the sender's choice`;
            return [{ at, message }];
          }),
    );
  },
};

function opensToAnybody({ rule }: LintRule): boolean {
  if (targetName(rule) !== 'ACCEPT' || namesPorts(rule, 'dport')) return false;
  const state = matchOption(rule, '--ctstate', '--state');
  const isAnswer = state !== undefined && (state.isNegated || !states(rule).includes('NEW'));
  const isNoStart =
    matchOption(rule, '--syn')?.isNegated === true ||
    matchOption(rule, '--tcp-flags', '--ctdir', '--icmp-type') !== undefined;
  const to = basic(rule, '-d');
  const isFromSome =
    basic(rule, '-s') !== undefined ||
    basicValue(rule, '-i') === 'lo' ||
    rule.matches.some(({ name }) => NARROWING.has(name));
  return !isAnswer && !isNoStart && !isFromSome && (to === undefined || isOfOne(to));
}

const NARROWING = new Set(['set', 'iprange', 'mark', 'connmark', 'mac', 'owner', 'string', 'u32', 'policy', 'recent']); // biome-ignore format: a list

/** Not to everybody at once: what is sent to a group has its port from the protocol. */
function isOfOne({ values: [value = ''], isNegated }: RuleOption): boolean {
  return !isNegated && !/^(22[4-9]|23\d|255)\.|^ff|\.255(\/32)?$/i.test(value);
}

/** All that clients send from: a request, not the answer to one. */
function isClients([from, to]: readonly [number, number]): boolean {
  return from <= 32_768 && to >= 60_999;
}
