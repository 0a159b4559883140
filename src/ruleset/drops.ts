import { globPattern } from './glob.ts';
import type { Family } from './model.ts';
import { parseSave } from './save.ts';

/** A rule that drops or rejects, or a policy that drops, and the packets that it has counted. */
type Dropper = {
  /** `ipv4 filter -A FORWARD -j DROP`, `ipv6 filter -P INPUT DROP`. */
  readonly rule: string;
  readonly packets: number;
};

/** How much a rule counts. */
export type CountRate = { readonly rule: string; readonly perSecond: number };

/** What is counted between two saves with counters. A rule whose counter fell was loaded anew in between: it has counted since. */
export function dropRates(
  before: string,
  after: string,
  {
    family,
    seconds,
    globs,
  }: { readonly family: Family; readonly seconds: number; readonly globs: readonly string[] },
): readonly CountRate[] {
  const earlier = new Map(droppersOf(before, family, globs).map(({ rule, packets }) => [rule, packets]));
  return droppersOf(after, family, globs).map(({ rule, packets }) => {
    const then = earlier.get(rule) ?? 0;
    return { rule, perSecond: (packets < then ? packets : packets - then) / seconds };
  });
}

const COUNTERS = /^\s*\[(\d+):\d+\]/;
const POLICY_COUNTERS = /\[(\d+):\d+\]\s*$/;
/** What a comment says is no target. */
const QUOTED = /"(\\.|[^"\\])*"/g;
const DROPS = /\s(-j|--jump) (DROP|REJECT)(\s|$)/;

/**
 * What a save with counters says of its rules that drop or reject and its policies that drop; with globs, of the rules that one of
 * them names, whatever they do. Rules of the same words count as one.
 */
function droppersOf(save: string, family: Family, globs: readonly string[] = []): readonly Dropper[] {
  const patterns = globs.map(globPattern);
  const counted = new Map<string, number>();
  const count = (words: string, packets: string | undefined) => {
    const rule = `${family} ${words}`;
    counted.set(rule, (counted.get(rule) ?? 0) + Number(packets ?? 0));
  };
  for (const { name, lines } of parseSave(save).tables) {
    for (const line of lines) {
      if (line.kind === 'other') continue;
      const words = line.kind === 'rule' ? line.rule : `-P ${line.chain} ${line.policy}`;
      const drops = line.kind === 'rule' ? DROPS.test(words.replace(QUOTED, '""')) : line.policy === 'DROP';
      const isWatched = globs.length === 0 ? drops : patterns.some((pattern) => pattern.test(words));
      if (!isWatched) continue;
      const counters = line.kind === 'rule' ? COUNTERS : POLICY_COUNTERS;
      count(`${name} ${words}`, counters.exec(line.text)?.[1]);
    }
  }
  return [...counted].map(([rule, packets]) => ({ rule, packets }));
}
