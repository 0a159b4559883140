import type { Chain, Hit, Lint, LintRuleset } from '../model.ts';
import { chainOf, reachedFrom } from '../paths.ts';
import {
  basic,
  basicValue,
  isDrop,
  matchOption,
  namesPorts,
  states,
  takesAll,
  targetName,
} from '../shape.ts';

export const f2: Lint = {
  id: 'F2',
  severity: 'warning',
  title: 'a default of DROP, and nothing accepts the answers',
  why: 'Answers to what the gateway asks itself (DNS, updates, time) come to ports that no rule names: without ESTABLISHED they are dropped. Where INPUT accepts nothing at all, the next login is dropped, too, while the one that you are in lives on.',
  fix: 'Accept them first: -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT.',
  bad: `*filter
:INPUT DROP [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -p tcp --dport 22 -j ACCEPT
COMMIT`,
  good: `*filter
:INPUT DROP [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A INPUT -p tcp --dport 22 -j ACCEPT
COMMIT`,
  find: (ruleset) =>
    ruleset.around.isPartial ? [] : [...hitsIn(ruleset, 'INPUT'), ...hitsIn(ruleset, 'FORWARD')],
};

function hitsIn(ruleset: LintRuleset, root: 'INPUT' | 'FORWARD'): readonly Hit[] {
  const chain = chainOf(ruleset, 'filter', root);
  if (chain === undefined) return [];
  const at = defaultDrop(chain);
  if (at === undefined) return [];
  const reached = [...reachedFrom(ruleset, 'filter', root)];
  // What other tools, or chains that stand elsewhere, let through can't be told.
  if (reached.some(({ tenant }) => tenant !== undefined) || leadsAway(reached)) return [];
  const accepts = reached
    .flatMap(({ rules }) => rules)
    .filter(({ rule }) => !isDrop(rule) && rule.target !== undefined);
  const opens = accepts.filter(({ rule }) => targetName(rule) === 'ACCEPT');
  const isForwarding = root === 'FORWARD';
  if (opens.length === 0) {
    const others = accepts.some(
      ({ rule }) => rule.doubt !== undefined || /^(NFQUEUE|QUEUE)$/.test(targetName(rule) ?? ''),
    );
    // Where all is done over IPv4, IPv6 may well be shut.
    if (isForwarding || others || ruleset.family === 'ipv6') return [];
    const message =
      'INPUT drops everything: nobody can log in once the sessions that are open now have ended';
    return [
      {
        at,
        message,
        severity: 'error',
        cutsAccess: true,
        fix: 'Accept SSH from where you manage it, loopback and ESTABLISHED, before what drops.',
      },
    ];
  }
  const lets = accepts.some(({ rule }) => mayLetAnswers(rule));
  if (lets || (!isForwarding && !asksItself(ruleset))) return [];
  if (isForwarding && !opens.some(({ rule }) => namesPorts(rule, 'dport') || states(rule).includes('NEW')))
    return [];
  const what = isForwarding ? 'what is forwarded' : 'what the gateway itself asks (DNS, updates, time)';
  return [
    {
      at,
      message: `${root} drops by default and accepts no ESTABLISHED: the answers to ${what} are dropped`,
    },
  ];
}

/** Whether OUTPUT lets the gateway begin a connection: not where all it accepts are answers. */
function asksItself(ruleset: LintRuleset): boolean {
  const chain = chainOf(ruleset, 'filter', 'OUTPUT');
  if (chain === undefined || defaultDrop(chain) === undefined) return true;
  const accepts = [...reachedFrom(ruleset, 'filter', 'OUTPUT')].flatMap(({ rules }) => rules);
  return accepts.some(({ rule }) => {
    const isAnswer = matchOption(rule, '--sport', '--sports', '--ctdir') !== undefined;
    const of = states(rule);
    return (
      targetName(rule) === 'ACCEPT' &&
      !isAnswer &&
      !/icmp/.test(basicValue(rule, '-p') ?? '') &&
      basicValue(rule, '-o') !== 'lo' &&
      (of.length === 0 || of.includes('NEW'))
    );
  });
}

/** The policy, or a last rule that drops everything. */
function defaultDrop(chain: Chain): Hit['at'] | undefined {
  const last = chain.rules.find(
    ({ rule }) => takesAll(rule) && (isDrop(rule) || targetName(rule) === 'ACCEPT'),
  );
  if (last !== undefined) return isDrop(last.rule) ? last : undefined;
  return chain.policy === 'DROP' ? chain : undefined;
}

function leadsAway(reached: readonly Chain[]): boolean {
  const names = new Set(reached.map(({ name }) => name));
  return reached.some(({ rules }) =>
    rules.some(
      ({ rule: { target } }) =>
        target !== undefined &&
        target.known === undefined &&
        !names.has(target.name) &&
        !/^(ACCEPT|DROP|RETURN|QUEUE)$/.test(target.name),
    ),
  );
}

function mayLetAnswers(rule: Parameters<typeof states>[0]): boolean {
  const name = targetName(rule);
  if (name === 'LOG' || name === 'NFLOG' || name === 'RETURN') return false;
  if (states(rule).some((state) => state === 'ESTABLISHED' || state === 'UNTRACKED')) return true;
  const state = matchOption(rule, '--ctstate', '--state');
  if (state?.isNegated === true && !(state.values[0] ?? '').includes('ESTABLISHED')) return true;
  if (
    rule.doubt !== undefined ||
    matchOption(rule, '--ctdir', '--ctstatus', '--tcp-flags', '--sport', '--sports', '--ports') !== undefined
  )
    return true;
  if (matchOption(rule, '--syn')?.isNegated) return true;
  if (name !== 'ACCEPT') return false;
  // Whole networks or interfaces are let in: answers from there, too.
  const isLoopback =
    basic(rule, '-i')?.values[0] === 'lo' || /^127\./.test(basic(rule, '-s')?.values[0] ?? '');
  const isWide = !namesPorts(rule, 'dport') && state === undefined;
  return isWide && !isLoopback && !/icmp/.test(basic(rule, '-p')?.values[0] ?? '');
}
