import type { Problem } from '../problem.ts';
import type { DesiredRuleset } from '../ruleset/model.ts';
import type { Refusal } from './transaction.ts';

/** What a gateway refused, in words for its operator: where, why, and what to do. */
export function refusalProblem(host: string, refusal: Refusal, rulesets: readonly DesiredRuleset[]): Problem {
  if (refusal.code === 'kernel-refused') return blame(host, refusal, rulesets);
  const words = wordsFor(refusal);
  return { code: refusal.code, host, ...words };
}

/** `FAMILY LINE WORDS`: the line of the rendered text that the kernel refused, traced back to its template. */
function blame(host: string, { code, text }: Refusal, rulesets: readonly DesiredRuleset[]): Problem {
  const [family = '', number = '', ...words] = text.split(' ');
  const ruleset = rulesets.find((candidate) => candidate.family === family);
  const line = Number(number);
  const source = ruleset?.sources[line - 1];
  const rule = ruleset?.text.split('\n')[line - 1];
  return {
    code,
    host,
    ...(source === undefined ? {} : { file: source.template, line: source.line }),
    message: `the gateway's kernel refuses this ${family} rule${rule === undefined ? '' : `: ${rule}`}`,
    remedy: `Correct the rule; nothing was changed on the gateway.\n${kernelWords(words.join(' ').trim())}`,
  };
}

/** Legacy iptables says no more than that a line failed; the kernel may have logged why. */
function kernelWords(said: string): string {
  const isMute = /^ip6?tables-restore: line \d+ failed$/.test(said);
  return isMute ? `It gives no reason; its log may: dmesg | tail` : `It says: ${said}`;
}

/** After sudo's own words, in its English. */
function remedyForSudo(text: string): string {
  if (/command not found|: not found|no such file/i.test(text))
    return 'Install sudo (or what sluice_helper names) there, or log in as root (ansible_user=root).';
  if (/incorrect password|no password was provided|try again/i.test(text))
    return "The password after -K, in --become-password-file or ansible_become_password is wrong, or not this login's.";
  if (/must have a tty/i.test(text))
    return 'Programs have no terminal: take requiretty away for the login (Defaults:LOGIN !requiretty).';
  if (/not allowed|may not run|not in the sudoers/i.test(text))
    return 'Let the login run it: LOGIN ALL=(root) ALL in a file of /etc/sudoers.d; or only what sluice_helper names (docs/sudo.md).';
  if (/account|expired|locked/i.test(text))
    return 'The account of the login is locked or expired there: chage -l LOGIN, passwd -S LOGIN.';
  return 'Give its password: -K, --become-password-file or ansible_become_password; or let the login run sudo without one: LOGIN ALL=(root) NOPASSWD: ALL in a file of /etc/sudoers.d.';
}

function wordsFor({ code, text }: Refusal): Pick<Problem, 'message' | 'remedy'> {
  switch (code) {
    case 'not-root':
      return {
        message: `the login ${text}`,
        remedy: 'Add -b (become), or set ansible_become=true or ansible_user=root for this host.',
      };
    case 'become-failed':
      return {
        message: `can't become root: ${text}`,
        remedy: remedyForSudo(text),
      };
    case 'helper-version':
      return {
        message: `the program that sluice_helper names ${text.replace(/^\S+ /, '')}: ${text.split(' ')[0]}`,
        remedy:
          'Install this version there: sluice helper prints it (docs/sudo.md). Nothing was changed on the gateway.',
      };
    case 'payload-refused':
      return {
        message: `the program that sluice_helper names doesn't take this: ${text}`,
        remedy:
          'Through it only plain rules, sets and sysctls of net.* may pass (docs/sudo.md). Write this one otherwise, or become root without sluice_helper.',
      };
    case 'missing-tools':
      return {
        message: `not installed on the gateway: ${text}`,
        remedy: 'Install them there; on Debian: apt-get install iptables util-linux coreutils.',
      };
    case 'backend-mix':
      return {
        message: `rules of both iptables backends are loaded: ${text}`,
        remedy:
          'A DROP in either wins, so one of them must go: see both with iptables-nft-save and iptables-legacy-save (ip6tables-… for ipv6), then empty the one that is not in use.',
      };
    case 'snapshot-unfaithful':
      return {
        message: `the live rules can't be saved faithfully, so they couldn't be put back: ${text}`,
        remedy:
          'Rules made with nft itself, or by a newer iptables, are in iptables tables: move them to a table of their own.',
      };
    case 'locked':
      return {
        message: text,
        remedy:
          'Wait until it is done, or ask its owner; a lock whose owner died frees itself at its deadline.',
      };
    case 'state-folder':
      return {
        message: text,
        remedy:
          'Free some space or inodes there (df, df -i), or make it writable; nothing was changed on the gateway.',
      };
    case 'changed-since':
      return {
        message: text,
        remedy: 'Another tool or person changes this gateway: run sluice plan to see how it stands now.',
      };
    case 'taken-over':
      return { message: text, remedy: 'Run again; nothing was changed by this run.' };
    case 'token-used':
      return {
        message: `a transaction ${text} is already known there`,
        remedy: 'Run again: a new run has names of its own for its transactions.',
      };
    case 'no-shadow':
      return {
        message: `the rules can't be rehearsed in an empty network namespace: ${text}`,
        remedy: 'unshare -n must work for root on the gateway (in a container: CAP_SYS_ADMIN).',
      };
    case 'layout-unknown':
      return { message: text, remedy: 'Another version of sluice manages this gateway: use that one.' };
    default:
      return {
        message: text === '' ? `the gateway refused (${code})` : text,
        remedy: 'Nothing was changed on the gateway.',
      };
  }
}
