/** What a word of a person's names among the runs, or why it names none. */
export type FoundRun =
  | { readonly kind: 'found'; readonly id: string }
  | { readonly kind: 'ambiguous'; readonly ids: readonly string[] }
  | { readonly kind: 'unknown' };

/**
 * Finds the run that a word means: its name, an unambiguous start or end of it, `latest`, or `@2` for the one before the last but
 * one (`@0` is the latest). Pure.
 *
 * @param ids the oldest first
 */
export function findRun(word: string, ids: readonly string[]): FoundRun {
  const back =
    word === 'latest'
      ? 0
      : word.startsWith('@') && isPlace(word.slice(1))
        ? Number(word.slice(1))
        : undefined;
  if (back !== undefined) return one(ids.length > back ? [ids[ids.length - 1 - back] ?? ''] : []);
  if (ids.includes(word)) return { kind: 'found', id: word };
  if (word === '') return { kind: 'unknown' };
  return one(
    ids.filter((id) => id.startsWith(word) || id.endsWith(`-${word}`) || letters(id).startsWith(word)),
  );
}

/** Is a number the place of a run, as in `@1`? Every name begins with digits, but nobody types fewer than four of one. */
export function isPlace(word: string): boolean {
  return /^\d{1,3}$/.test(word);
}

/** Is it the name, or does the glob (`*`, `?`) match it? */
export function isMatch(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(name);
}

/** What stands after the time: what a person would type. */
function letters(id: string): string {
  return id.slice(id.indexOf('-') + 1);
}

function one(ids: readonly string[]): FoundRun {
  const [id] = ids;
  if (id === undefined) return { kind: 'unknown' };
  return ids.length === 1 ? { kind: 'found', id } : { kind: 'ambiguous', ids };
}
