/** One line of a comparison: kept, removed or added. */
export type Edit = { readonly kind: ' ' | '-' | '+'; readonly line: string };

const CONTEXT_LINES = 3;

/** Formats the changed stretches of a comparison as unified-diff hunks; empty when nothing changed. */
export function hunksOf(edits: readonly Edit[]): string {
  let text = '';
  let [oldLine, newLine] = [1, 1];
  let at = 0;
  for (const [from, to] of stretches(edits)) {
    oldLine += from - at;
    newLine += from - at;
    const part = edits.slice(from, to);
    const oldCount = part.filter((edit) => edit.kind !== '+').length;
    const newCount = part.filter((edit) => edit.kind !== '-').length;
    text += `@@ -${range(oldLine, oldCount)} +${range(newLine, newCount)} @@\n`;
    text += part.map((edit) => `${edit.kind}${edit.line}\n`).join('');
    oldLine += oldCount;
    newLine += newCount;
    at = to;
  }
  return text;
}

/** Start and end of each stretch of edits to show: changes with their context, merged where contexts touch. */
function stretches(edits: readonly Edit[]): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  edits.forEach((edit, index) => {
    if (edit.kind === ' ') return;
    const from = Math.max(0, index - CONTEXT_LINES);
    const to = Math.min(edits.length, index + CONTEXT_LINES + 1);
    const last = found.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = to;
    else found.push([from, to]);
  });
  return found;
}

/** As `diff -u` writes it: an empty range names the line before it, a count of one is left out. */
function range(line: number, count: number): string {
  if (count === 1) return `${line}`;
  return `${count === 0 ? line - 1 : line},${count}`;
}
