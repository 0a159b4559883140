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
  const steps = script.map(stepOf);
  const refilled = steps.filter(
    (step, index) => step.isFlush && steps.slice(index + 1).some((later) => refills(later, step)),
  );
  for (const flush of refilled) {
    const message = cutBy(flush, steps);
    if (message !== undefined) return [{ at: flush.at, message, severity: 'error', cutsAccess: true }];
  }
  const [first] = refilled;
  if (first === undefined) return [];
  const later = steps.slice(steps.indexOf(first) + 1);
  const count = later.filter((step) => refilled.some((flush) => refills(step, flush))).length;
  const message =
    count === 1
      ? 'the rule that follows comes later: until it is there, its table is empty'
      : `the ${count} rules that follow come one by one: until the last one is there, half a rule set is in force`;
  return [{ at: first.at, message }];
}

/** What a flush of INPUT does where INPUT drops by default. */
function cutBy(flush: Step, steps: readonly Step[]): string | undefined {
  if (!isTable(flush, 'filter') || /^(OUTPUT|FORWARD)$/.test(flush.chain ?? '')) return undefined;
  const setsPolicy = (policy: string) => {
    const command = new RegExp(` (-P|--policy) INPUT ${policy}( |$)`);
    return ({ at, isIpv6 }: Step) => isIpv6 === flush.isIpv6 && command.test(at.words.join(' '));
  };
  const index = steps.indexOf(flush);
  const drop = steps.findIndex(setsPolicy('DROP'));
  if (drop === -1 || steps.slice(0, index).some(setsPolicy('ACCEPT'))) return undefined;
  return `INPUT drops by default: from this flush${drop > index ? ' (on the second run of the script at the latest)' : ''} until the accepting rules are back nobody gets in, and a script that stops in between leaves it so`;
}

type Step = {
  readonly at: ScriptCommand;
  readonly isIpv6: boolean;
  /** As written: it may be a variable that only the shell knows. */
  readonly table: string;
  /** That it adds to, or that alone it flushes. */
  readonly chain: string | undefined;
  readonly isFlush: boolean;
  readonly isAppend: boolean;
};

function stepOf(at: ScriptCommand): Step {
  const { words } = at;
  const after = (...options: readonly string[]) => {
    const found = words.findIndex((word) => options.includes(word));
    return found === -1 ? undefined : (words[found + 1] ?? '');
  };
  const flushed = after('-F', '--flush');
  const isWhole = flushed === '' || flushed?.startsWith('-') === true;
  const appended = after('-A', '--append', '-I', '--insert');
  return {
    at,
    isIpv6: words[0]?.includes('6') ?? false,
    table: after('-t', '--table') ?? 'filter',
    chain: isWhole ? undefined : (flushed ?? appended),
    isFlush: isWhole || BUILTIN.test(flushed ?? ''),
    isAppend: appended !== undefined,
  };
}

/** A script may well fill a chain of its own anew; those that the kernel made are another thing. */
const BUILTIN = /^(INPUT|OUTPUT|FORWARD|PREROUTING|POSTROUTING)$/;

function refills(step: Step, flush: Step): boolean {
  const isOpen = (word = '') => word.startsWith('$');
  const isInTable = isTable(flush, step.table) || isOpen(step.table);
  const isInChain = flush.chain === undefined || flush.chain === step.chain || isOpen(step.chain);
  return step.isAppend && step.isIpv6 === flush.isIpv6 && isInTable && isInChain;
}

function isTable({ table }: Step, name: string): boolean {
  return table === name || table.startsWith('$');
}
