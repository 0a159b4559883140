import type { Hit, Lint, LintRule, LintRuleset } from '../model.ts';
import { reachedFrom } from '../paths.ts';
import { basic, basicValue, holdsPort, matchOption, ports, protocol, targetName } from '../shape.ts';
import { where } from '../where.ts';

export const r1: Lint = {
  id: 'R1',
  severity: 'warning',
  title: 'NOTRACK of one direction, or of what is translated',
  why: 'The answers of an untracked request are tracked, as connections of their own that nobody began: they fill the table that NOTRACK was to spare, and state rules call them NEW or INVALID. Untracked packets never meet the table nat: their DNAT does nothing.',
  fix: 'Name both directions in raw: --dport in PREROUTING and --sport in OUTPUT (for forwarded traffic, both in PREROUTING), and accept --ctstate UNTRACKED. Never for what is translated.',
  bad: `*raw
-A PREROUTING -p udp --dport 53 -j CT --notrack
COMMIT`,
  good: `*raw
-A PREROUTING -p udp --dport 53 -j CT --notrack
-A OUTPUT -p udp --sport 53 -j CT --notrack
COMMIT`,
  find: (ruleset) => {
    // SYNPROXY answers what begins a connection by itself: only that is left untracked.
    const isProxied = ruleset.rules.some(({ rule }) => targetName(rule) === 'SYNPROXY');
    const hits = [...oneWay(ruleset), ...translated(ruleset)];
    return hits.filter(({ at }) => !(isProxied && 'rule' in at && protocol(at.rule) === 'tcp'));
  },
};

function untracked(ruleset: LintRuleset, root: 'PREROUTING' | 'OUTPUT'): readonly LintRule[] {
  return [...reachedFrom(ruleset, 'raw', root)]
    .filter(({ tenant }) => tenant === undefined)
    .flatMap(({ rules }) => rules)
    .filter(
      ({ rule }) =>
        targetName(rule) === 'NOTRACK' ||
        (targetName(rule) === 'CT' && rule.target?.options.some(({ name }) => name === '--notrack')),
    );
}

function oneWay(ruleset: LintRuleset): readonly Hit[] {
  const [inbound, outbound] = [untracked(ruleset, 'PREROUTING'), untracked(ruleset, 'OUTPUT')];
  const all = new Set([...inbound, ...outbound]);
  return [...all].flatMap((at) => {
    const side = ports(at.rule, 'dport') === undefined ? 'sport' : 'dport';
    const of = ports(at.rule, side);
    // Without ports it may serve both directions by itself.
    if (of === undefined || matchOption(at.rule, '--ports') !== undefined) return [];
    const other = side === 'dport' ? 'sport' : 'dport';
    const isAnswered = [...all].some(({ rule }) => {
      if (protocol(rule) !== protocol(at.rule)) return protocol(rule) === undefined;
      const back = ports(rule, other);
      return back === undefined
        ? ports(rule, side) === undefined
        : of.some(([port]) => holdsPort(back, port));
    });
    if (isAnswered) return [];
    return [
      {
        at,
        message: `the other direction (--${other} ${of.map(([from, to]) => (from === to ? from : `${from}:${to}`)).join(',')}) is tracked: as connections of its own, which state rules call NEW or INVALID`,
      },
    ];
  });
}

function translated(ruleset: LintRuleset): readonly Hit[] {
  const taken = new Map<string, LintRule>();
  for (const { rules } of reachedFrom(ruleset, 'nat', 'PREROUTING'))
    for (const one of rules)
      if (['DNAT', 'REDIRECT'].includes(targetName(one.rule) ?? ''))
        for (const [from, to] of ports(one.rule, 'dport') ?? [])
          if (from === to) taken.set(`${protocol(one.rule)} ${from}`, one);
  return untracked(ruleset, 'PREROUTING').flatMap((at): readonly Hit[] => {
    const found = (ports(at.rule, 'dport') ?? [])
      .map(([port]) => taken.get(`${protocol(at.rule)} ${port}`))
      .find((one) => one !== undefined);
    if (found === undefined || ['-s', '-i'].some((name) => basic(at.rule, name) !== undefined)) return [];
    const [mine, theirs] = [basicValue(at.rule, '-d'), basicValue(found.rule, '-d')];
    if (mine !== undefined && theirs !== undefined && mine !== theirs) return [];
    return [
      {
        at,
        severity: 'error',
        message: `nat translates this port (${where(found, at, 'some rule')}), and what is not tracked never meets nat: the translation does nothing`,
      },
    ];
  });
}
