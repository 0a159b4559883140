import type { Hit, Lint, ScriptCommand } from '../model.ts';

export const s1: Lint = {
  id: 'S1',
  severity: 'warning',
  title: 'a script that flushes, then appends',
  why: 'Each command changes the live rules: between the flush and the last append half a rule set is in force. Up to 56 % of the connections made meanwhile broke, against none of 2 000 with iptables-restore. With a policy of DROP the flush cuts SSH, and a script that dies there leaves it so. iptables -F also empties the chains of Docker and fail2ban.',
  fix: 'Load the whole table at once, by iptables-restore; sluice does that, and takes it back by itself if nobody can log in.',
  bad: `iptables -F
iptables -P INPUT DROP
iptables -A INPUT -i lo -j ACCEPT
iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables -A INPUT -p tcp --dport 22 -j ACCEPT`,
  good: `*filter
:INPUT DROP [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A INPUT -p tcp --dport 22 -j ACCEPT
COMMIT`,
  find: ({ script = [] }) => flushes(script),
};

function flushes(script: readonly ScriptCommand[]): readonly Hit[] {
  const flush = script.findIndex(({ words }) => isFlush(words));
  const at = script[flush];
  const appends = script
    .slice(flush + 1)
    .filter(({ words }) => words.some((word) => /^(-A|--append|-I|--insert)$/.test(word)));
  if (at === undefined || appends.length === 0) return [];
  const sets = (words: readonly string[], policy: string) =>
    isIpv6(words) === isIpv6(at.words) &&
    new RegExp(` (-P|--policy) INPUT ${policy}( |$)`).test(words.join(' '));
  const drop = script.findIndex(({ words }) => sets(words, 'DROP'));
  const isOpened = script.slice(0, flush).some(({ words }) => sets(words, 'ACCEPT'));
  if (drop === -1 || isOpened)
    return [
      {
        at,
        message: `the ${appends.length} rules that follow come one by one: until the last one is there, half a rule set is in force`,
      },
    ];
  const message = `INPUT drops by default: from this flush${drop > flush ? ' (on the second run of the script at the latest)' : ''} until the accepting rules are back nobody gets in, and a script that stops in between leaves it so`;
  return [{ at, message, severity: 'error', cutsAccess: true }];
}

/** Of a whole table, or of a chain that the kernel made: a script may well fill its own chain anew. */
function isFlush(words: readonly string[]): boolean {
  const at = words.findIndex((word) => word === '-F' || word === '--flush');
  const chain = words[at + 1];
  return (
    at !== -1 &&
    (chain === undefined ||
      chain.startsWith('-') ||
      /^(INPUT|OUTPUT|FORWARD|PREROUTING|POSTROUTING)$/.test(chain))
  );
}

function isIpv6([program = '']: readonly string[]): boolean {
  return program.includes('6');
}
