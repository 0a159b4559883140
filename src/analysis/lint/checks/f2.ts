import type { Hit, Lint, LintRuleset } from '../model.ts';
import { chainOf, reachedFrom } from '../paths.ts';
import { basic, basicValue, matchOption, namesPorts, states, targetName } from '../shape.ts';
import { closedBy, defaultDrop } from './closed.ts';

export const f2: Lint = {
  id: 'F2',
  severity: 'warning',
  title: 'a default of DROP, and nothing accepts the answers',
  why: 'Answers to what the gateway asks itself (DNS, updates, time) come to ports that no rule names: without ESTABLISHED they are dropped.',
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
  find: (ruleset) => [...hitsIn(ruleset, 'INPUT'), ...hitsIn(ruleset, 'FORWARD')],
};

function hitsIn(ruleset: LintRuleset, root: 'INPUT' | 'FORWARD'): readonly Hit[] {
  const closed = closedBy(ruleset, root);
  if (closed === undefined) return [];
  const { at, passes } = closed;
  const opens = passes.filter(({ rule }) => targetName(rule) === 'ACCEPT');
  const isForwarding = root === 'FORWARD';
  const lets = opens.length === 0 || passes.some(({ rule }) => mayLetAnswers(rule));
  if (lets || (!isForwarding && !asksItself(ruleset))) return [];
  if (isForwarding && !opens.some(({ rule }) => namesPorts(rule, 'dport') || states(rule).includes('NEW')))
    return [];
  const what = isForwarding ? 'what is forwarded' : 'what the gateway itself asks (DNS, updates, time)';
  const message = `${root} drops by default and accepts no ESTABLISHED: the answers to ${what} are dropped`;
  return [{ at, message }];
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
