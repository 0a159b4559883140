import type { Hit, Lint, LintRule, LintRuleset } from '../model.ts';
import { type Path, pathsFrom } from '../paths.ts';
import {
  basic,
  basicValue,
  holdsPort,
  match,
  matchOption,
  ports,
  protocol,
  targetName,
  targetValue,
} from '../shape.ts';
import { natTarget } from './nat-target.ts';

export const n1: Lint = {
  id: 'N1',
  severity: 'warning',
  title: 'DNAT that is not limited to an address or an interface',
  why: "Without -d or -i a DNAT catches what the gateway forwards, too: the backends' own requests to port 80 of anybody came back to the backends. With port 22 it catches the SSH of the gateway itself, and the next login ends at a backend.",
  fix: 'Say which address it is for (-d 203.0.113.1), or at which interface it arrives (-i eth0).',
  bad: `*nat
-A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1
COMMIT`,
  good: `*nat
-A PREROUTING -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1
COMMIT`,
  find: (ruleset) => [...hitsFrom(ruleset, 'PREROUTING'), ...hitsFrom(ruleset, 'OUTPUT')],
};

function hitsFrom(ruleset: LintRuleset, root: 'PREROUTING' | 'OUTPUT'): readonly Hit[] {
  const hits: Hit[] = [];
  for (const [chain, paths] of pathsFrom(ruleset, 'nat', root)) {
    if (chain.tenant !== undefined) continue;
    for (const at of chain.rules) {
      if (targetName(at.rule) !== 'DNAT') continue;
      const found = paths.map((path) => hitOf(at, path, ruleset, root)).find((hit) => hit !== undefined);
      if (found !== undefined) hits.push(found);
    }
  }
  return hits;
}

function hitOf(
  at: LintRule,
  path: Path,
  { around, family }: LintRuleset,
  root: 'PREROUTING' | 'OUTPUT',
): Hit | undefined {
  const all = [...path, at];
  const { addresses = [], port = 22 } = around.management ?? {};
  const takesSsh = all.every(({ rule }) => mayBe(rule, 'tcp', port));
  const to = natTarget(targetValue(at.rule, '--to-destination') ?? '', family)?.first ?? '';
  const isSsh = root === 'PREROUTING' && takesSsh && !addresses.includes(to) && !/^(127\.|::1$)/.test(to);
  const isFromAll = all.every(({ rule }) => basic(rule, '-s') === undefined && !isUncommon(rule));
  const of = all.map(({ rule }) => basic(rule, '-d')?.values[0]).find((value) => value !== undefined);
  const isOwn = of !== undefined && addresses.includes(of.replace(/\/(32|128)$/, ''));
  const fix = `Limit it to another address (-d), or translate another port: -p tcp --dport 2222 … :${port}.`;
  if (isSsh && isFromAll && isOwn) {
    const message = `${of} port ${port} is where the gateway's own SSH is logged in to: this sends every new login to ${to}`;
    return { at, message, severity: 'error', cutsAccess: true, fix };
  }
  if (all.some(({ rule }) => isScoped(rule, root))) {
    const isByInterface =
      isSsh && isFromAll && of === undefined && all.some(({ rule }) => basicValue(rule, '-i') !== undefined);
    const isNarrow = all.some(({ rule }) => isScoped(rule, root, true));
    if (!isByInterface || isNarrow) return undefined;
    const message = `it takes the gateway's own SSH, too: every new login to port ${port} that arrives by this interface ends at ${to}`;
    return { at, message, cutsAccess: true, fix };
  }
  if (isSsh && isFromAll) {
    const message = `it takes port ${port} of every address, the gateway's own SSH among them: the next login ends at ${to}`;
    return { at, message, severity: 'error', cutsAccess: true, fix };
  }
  // To nowhere: it is to catch all.
  if (/^(0\.0\.0\.0|::)$/.test(to)) return undefined;
  // What is to pass a proxy of the gateway itself, such as Tor's.
  if (root === 'OUTPUT' && /^(127\.|::1$|$)/.test(to)) return undefined;
  const caught =
    root === 'OUTPUT'
      ? "the gateway's own connections to any address"
      : 'what the gateway forwards, the requests of the backends themselves among it';
  return {
    at,
    message: `without -d or -i it catches ${caught}, and sends it to ${to === '' ? 'its target' : to}`,
  };
}

function mayBe(rule: LintRule['rule'], wanted: string, port: number): boolean {
  const of = protocol(rule);
  if (of !== undefined && of !== wanted) return false;
  if (basic(rule, '-p')?.isNegated === true) return false;
  const dports = ports(rule, 'dport');
  if (dports !== undefined) return holdsPort(dports, port);
  return matchOption(rule, '--dport', '--dports') === undefined || of === undefined;
}

/** Something that narrows it beyond what can be told here. */
function isUncommon({ matches }: LintRule['rule']): boolean {
  return matches.some(
    ({ name }) =>
      !['tcp', 'udp', 'multiport', 'comment', 'conntrack', 'state', 'statistic', 'addrtype'].includes(name),
  );
}

const SCOPING = ['set', 'iprange', 'mark', 'connmark', 'physdev', 'mac', 'owner', 'policy', 'socket', 'string', 'u32', 'bpf', 'geoip', 'devgroup', 'realm', 'cgroup', 'recent']; // biome-ignore format: a list

function isScoped(rule: LintRule['rule'], root: 'PREROUTING' | 'OUTPUT', notByInterface = false): boolean {
  const byInterface = basic(rule, root === 'OUTPUT' ? '-o' : '-i') !== undefined;
  return (
    (byInterface && !notByInterface) ||
    basic(rule, '-d') !== undefined ||
    basicValue(rule, '-s') !== undefined ||
    matchOption(rule, '--dst-type', '--ctorigdst') !== undefined ||
    SCOPING.some((name) => match(rule, name) !== undefined)
  );
}
