/** So many lines of rules are kept at most: some 20 MB, whatever the fleet. */
const MOST_LINES = 100_000;

/** What was rendered to look at it before anything is touched, for the one who wants it next; what is too much is rendered again. */
export type KeptRenders<Rendered> = {
  put(key: string, rendered: Rendered): void;
  /** Once: whoever takes it has it alone, so that it goes with him. */
  take(key: string): Rendered | undefined;
};

export function keepRenders<
  Rendered extends { readonly rulesets: readonly { readonly sources: readonly unknown[] }[] },
>(mostLines = MOST_LINES): KeptRenders<Rendered> {
  const kept = new Map<string, Rendered>();
  let lines = 0;
  const linesOf = ({ rulesets }: Rendered) => rulesets.reduce((sum, { sources }) => sum + sources.length, 0);
  return {
    put: (key, rendered) => {
      if (lines + linesOf(rendered) > mostLines) return;
      kept.set(key, rendered);
      lines += linesOf(rendered);
    },
    take: (key) => {
      const rendered = kept.get(key);
      if (rendered !== undefined) lines -= linesOf(rendered);
      kept.delete(key);
      return rendered;
    },
  };
}
