/** So many lines of rules are kept at most: some 20 MB, whatever the fleet. */
const MOST_LINES = 100_000;

/** What was rendered to look at it before anything is touched, for the one who wants it next; what is too much is rendered again. */
export type KeptRenders<Rendered> = {
  put(key: string, rendered: Rendered): void;
  /** Once: whoever takes it has it alone, so that it goes with him. */
  take(key: string): Rendered | undefined;
};

type Ruleset = { readonly sources: readonly unknown[] };

/** Of a rule set that several share, the lines count once. */
export function keepRenders<Rendered extends { readonly rulesets: readonly Ruleset[] }>(
  mostLines = MOST_LINES,
): KeptRenders<Rendered> {
  const kept = new Map<string, Rendered>();
  const holders = new Map<Ruleset, number>();
  let lines = 0;
  return {
    put: (key, rendered) => {
      const added = rendered.rulesets.filter((ruleset) => !holders.has(ruleset));
      const grown = added.reduce((sum, { sources }) => sum + sources.length, lines);
      if (grown > mostLines) return;
      lines = grown;
      kept.set(key, rendered);
      for (const ruleset of rendered.rulesets) holders.set(ruleset, (holders.get(ruleset) ?? 0) + 1);
    },
    take: (key) => {
      const rendered = kept.get(key);
      kept.delete(key);
      for (const ruleset of rendered?.rulesets ?? []) {
        const left = (holders.get(ruleset) ?? 1) - 1;
        if (left > 0) holders.set(ruleset, left);
        else {
          holders.delete(ruleset);
          lines -= ruleset.sources.length;
        }
      }
      return rendered;
    },
  };
}
