import type { Problem } from '../problem.ts';
import { formatInclusion } from '../ruleset/inclusion.ts';
import type { DesiredState } from '../ruleset/model.ts';
import type { Refusal } from './asking.ts';

/** What a gateway refused, in words for its operator: where, why, and what to do. */
export function refusalProblem(host: string, refusal: Refusal, desired?: DesiredState): Problem {
  if (refusal.code === 'kernel-refused' && desired !== undefined) return blame(host, refusal, desired);
  const words = wordsFor(refusal);
  return { code: refusal.code, host, ...words };
}

/** `FAMILY LINE WORDS`: the line of the rendered text that the kernel refused, traced back to its template. */
function blame(host: string, { code, text }: Refusal, desired: DesiredState): Problem {
  const [family = '', number = '', ...words] = text.split(' ');
  if (family === 'sets') return blameSet(host, Number(number), words.join(' ').trim(), desired);
  const ruleset = desired.rulesets.find((candidate) => candidate.family === family);
  const line = Number(number);
  const source = ruleset?.sources[line - 1];
  const rule = ruleset?.text.split('\n')[line - 1];
  return {
    code,
    host,
    ...(source === undefined ? {} : { file: source.template, line: source.line }),
    message: `the gateway's kernel refuses this ${family} rule${rule === undefined ? '' : `: ${rule}`}${formatInclusion(source?.includedBy)}`,
    remedy: `Correct the rule; nothing was changed on the gateway.\n${kernelWords(words.join(' ').trim())}`,
  };
}

/** The line counts in the text of all sets; where it is a member's, its set's template is named. */
function blameSet(host: string, number: number, said: string, { sets }: DesiredState): Problem {
  let left = number - 1;
  const set = sets.find(({ members }) => {
    if (left <= members.length) return true;
    left -= members.length + 1;
    return false;
  });
  const line = set === undefined ? '' : `: ${left === 0 ? set.create : set.members[left - 1]}`;
  return {
    code: 'kernel-refused',
    host,
    ...(set?.source === undefined ? {} : { file: set.source.template, line: set.source.line }),
    message: `the gateway's kernel refuses this set${line}${formatInclusion(set?.source?.includedBy)}`,
    remedy: `Correct it; nothing was changed on the gateway.\nIt says: ${said}`,
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
  return 'Give its password: -K, --become-password-file or ansible_become_password; or let the login run sudo without one: LOGIN ALL=(root) NOPASSWD: ALL in a file of /etc/sudoers.d, or what sluice_helper names in place of the last ALL (docs/sudo.md).';
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
          'Wait until it is done (apply, rollback and remove do with --lock-wait 10m), or ask its owner, whose sluice history knows the run that the transaction begins with; a lock whose owner died frees itself at its deadline.',
      };
    case 'lock-unreadable':
      return {
        message: text,
        remedy:
          'A crash may have left it empty. Look there that no sluice runs (ps ax | grep sluice.sh), then remove that file.',
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
        remedy:
          'Nothing is applied or adopted that was not rehearsed. unshare (of util-linux or busybox) or ip netns must work for root there; in a container, that takes CAP_SYS_ADMIN. sluice plan and sluice drift compare without it.',
      };
    case 'no-scratch':
      return {
        message: text,
        remedy: 'Free some space there, or mount a tmpfs at /run; nothing was changed on the gateway.',
      };
    case 'set-type':
      return {
        message: `a set can't change its type in place: ${text}`,
        remedy: 'Give the new set another name, and use that in the rules: the old one goes with them.',
      };
    case 'set-kept':
      return {
        message: `a set that keeps its members can't be made anew with other parameters: ${text}`,
        remedy: 'Write the parameters that it has, or give the set another name.',
      };
    case 'unknown-sysctl':
      return {
        message: `the gateway has no kernel parameter ${text}`,
        remedy:
          'Check its spelling; the interface or the kernel module that it belongs to may be missing there.',
      };
    case 'sysctl-refused':
      return {
        message: `the gateway's kernel doesn't take ${text.replace(' ', ' = ')}`,
        remedy: 'Correct the value in sysctls; nothing was changed on the gateway.',
      };
    case 'save-failed':
      return { message: text, remedy: 'Nothing was changed on the gateway.' };
    case 'scope-changed':
      return {
        message: `what a play owns can't turn from tables to chains, or back, in place: ${text}`,
        remedy:
          'Take the play off this gateway first (sluice remove --reset, or --restore-first), then apply it again; nothing was changed.',
      };
    case 'anchor-missing':
      return {
        message: `a jump has no place to stand: ${text}`,
        remedy:
          'Start the tool that makes it there, or change jumps (or the rule) in the play; nothing was changed on the gateway.',
      };
    case 'patch-refused':
      return {
        message: text,
        remedy:
          "A chain of the play that others jump to can't go while they do. Nothing was changed on the gateway.",
      };
    case 'saves-on-stop':
      return {
        message: `a change that was never confirmed would survive a reboot: ${text}`,
        remedy:
          'Set it to no there: its service saves whatever is live when the gateway goes down. sluice loads at boot what was confirmed.',
      };
    case 'no-init':
      return {
        message: `nothing could load the rules after a reboot: ${text}`,
        remedy: 'Set persist: false in the play, and load them yourself.',
      };
    case 'persist-impossible':
      return {
        message: `what the next boot is to load can't be prepared: ${text}`,
        remedy:
          'Make the files writable, or set persist: false in the play; nothing was changed on the gateway.',
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
