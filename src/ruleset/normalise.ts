import { parseSave, type SavedLine, type SavedTable } from './save.ts';

/** The names of the tables of a saved text, in its order, each once. */
export function tableNames(text: string): readonly string[] {
  return [...new Set(parseSave(text).tables.map((table) => table.name))];
}

/**
 * Sets every counter to `[0:0]`, takes them off rules, and drops comments and blank lines, so that two saves of
 * the same rules are the same text.
 */
export function normaliseCounters(text: string): string {
  return parseSave(text)
    .tables.flatMap((table) => [`*${table.name}`, ...tableLines(table), 'COMMIT'])
    .map((line) => `${line}\n`)
    .join('');
}

/** The chains and rules of a table, in their order, with counters normalised. */
function tableLines(table: SavedTable): readonly string[] {
  return table.lines.flatMap(shownLine);
}

function shownLine(line: SavedLine): readonly string[] {
  switch (line.kind) {
    case 'chain':
      return [`:${line.chain} ${line.policy} [0:0]`];
    case 'rule':
      return [line.rule];
    case 'other':
      return isKept(line.text) ? [line.text] : [];
  }
}

/** A line that is neither frame nor comment is shown rather than lost: it may be the second half of a broken quote. */
export function isKept(text: string): boolean {
  const trimmed = text.trim();
  return trimmed !== '' && trimmed !== 'COMMIT' && !trimmed.startsWith('#') && !trimmed.startsWith('*');
}
