import { isAddress } from '../../../ruleset/address.ts';
import type { Hit, Lint, LintRule, LintRuleset } from '../model.ts';
import { basicValue, holdsPort, matchOption, ports, protocol, states, targetName } from '../shape.ts';
import { closedBy } from './closed.ts';

export const f9: Lint = {
  id: 'F9',
  severity: 'error',
  title: 'a default of DROP, and nobody can log in',
  why: 'No rule of INPUT accepts a new connection to the port of SSH. The session that you are in lives on, as an ESTABLISHED one does, and looks as if all were well; the next one is dropped. Of a file only INPUT that accepts nothing at all is told: which port and family you log in by is known from an inventory alone.',
  fix: 'Accept SSH from where you manage it, before what drops: -A INPUT -s 198.51.100.0/24 -p tcp --dport 22 -j ACCEPT.',
  bad: `*filter
:INPUT DROP [0:0]
COMMIT`,
  good: `*filter
:INPUT DROP [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A INPUT -s 198.51.100.0/24 -p tcp --dport 22 -j ACCEPT
COMMIT`,
  find: (ruleset) => {
    const closed = closedBy(ruleset, 'INPUT');
    if (closed === undefined || !isManaged(ruleset)) return [];
    const { at, passes } = closed;
    const { management } = ruleset.around;
    const hit = (message: string): readonly Hit[] => [{ at, message, cutsAccess: true }];
    if (passes.every((one) => !mayPass(one)))
      return hit('INPUT drops everything: nobody can log in once the sessions that are open now have ended');
    if (management === undefined || passes.some((one) => mayLogIn(one, management.port))) return [];
    return hit(
      `no rule of INPUT accepts a new connection to port ${management.port}: nobody can log in once the sessions that are open now have ended`,
    );
  },
};

/** Whether anybody logs in over this family, as far as is known: a file of IPv6 may well shut all. */
function isManaged({ family, around: { management } }: LintRuleset): boolean {
  if (management === undefined || management.addresses.length === 0) return family === 'ipv4';
  return management.addresses.some((address) => isAddress(address, family));
}

function mayPass({ rule }: LintRule): boolean {
  const name = targetName(rule) ?? '';
  return rule.doubt !== undefined || /^(ACCEPT|NFQUEUE|QUEUE)$/.test(name);
}

function mayLogIn(one: LintRule, port: number): boolean {
  const { rule } = one;
  if (!mayPass(one)) return false;
  if (rule.doubt !== undefined || targetName(rule) !== 'ACCEPT') return true;
  const of = protocol(rule);
  const dports = ports(rule, 'dport');
  const state = matchOption(rule, '--ctstate', '--state');
  const isOld =
    state !== undefined &&
    !state.isNegated &&
    !states(rule).some((word) => /^(NEW|UNTRACKED|DNAT)$/.test(word));
  return (
    (of === undefined || of === 'tcp') &&
    !isOld &&
    basicValue(rule, '-i') !== 'lo' &&
    !/^(127\.|::1)/.test(basicValue(rule, '-s') ?? '') &&
    (dports === undefined || holdsPort(dports, port) || matchOption(rule, '--ctorigdstport') !== undefined)
  );
}
