import { distance } from 'fastest-levenshtein';
import type { Lint } from '../model.ts';

const PROGRAMS = ['iptables', 'ip6tables', 'iptables-restore', 'ip6tables-restore', 'iptables-save', 'ip6tables-save', 'ebtables', 'arptables', 'nftables', 'iptables-legacy', 'iptables-nft', 'ip6tables-legacy', 'ip6tables-nft', 'iptables-apply']; // biome-ignore format: a list

export const s2: Lint = {
  id: 'S2',
  severity: 'error',
  title: 'a misspelt iptables',
  why: 'The shell finds no such program, says so in the midst of the output, and goes on: the rule is missing, and what it was to shut stays open.',
  fix: 'Write iptables; "set -e" at the head of a script stops at the first command that fails.',
  bad: 'iptabels -A INPUT -p tcp --dport 3306 -j DROP',
  good: 'iptables -A INPUT -p tcp --dport 3306 -j DROP',
  find: ({ script = [] }) =>
    script.flatMap((at) => {
      const name = programOf(at.words);
      const meant = misspelt(name);
      return meant === undefined
        ? []
        : [{ at, message: `there is no program ${name}: ${meant} is meant, and this rule is not there` }];
    }),
};

/** The program that a word is a slip of. */
export function misspelt(name: string): string | undefined {
  if (PROGRAMS.includes(name) || name.length < 6) return undefined;
  return PROGRAMS.slice(0, 4).find((program) => distance(program, name) <= 2);
}

export function programOf(words: readonly string[]): string {
  return (words[0] ?? '').replace(/^.*\//, '');
}
