import { diffArrays } from 'diff';
import { findAnchors } from './anchors.ts';
import { type Edit, hunksOf } from './hunks.ts';
import type { Family } from './model.ts';
import { tableLines } from './normalise.ts';
import { parseSave, type SavedRuleset, type SavedTable } from './save.ts';

/** What applying `after` would change. */
export type RulesetDiff = {
  /** Lines of rules, chains and policies that only `after` has. */
  readonly added: number;
  /** Lines of rules, chains and policies that only `before` has. */
  readonly removed: number;
  /** A unified diff with three lines of context, one file header a table; empty when nothing differs. */
  readonly unified: string;
};

/**
 * Myers' algorithm takes time and memory by the square of the edits. Beyond this many, what is left between the common head and tail
 * is cut at lines that both sides hold once, and a stretch that is still too different counts as replaced.
 */
const MAX_EDITS = 1000;
const MAX_EDITS_A_STRETCH = 200;

/**
 * Compares two saved rule sets of one family table by table, counters and comments aside. Both should be canonical
 * (from iptables-save), since written text is never the saved text.
 *
 * @param tables the tables to compare; others are left out. A table that only one side has is compared with an empty one,
 * because that is what the kernel does with it.
 * @param family named in the headers, where the diffs of both families stand together.
 */
export function diffRulesets(
  before: string,
  after: string,
  tables: readonly string[],
  family?: Family,
): RulesetDiff {
  const [old, young] = [parseSave(before), parseSave(after)];
  let [added, removed, unified] = [0, 0, ''];
  for (const name of tables) {
    const [left, right] = [tableOf(old, name), tableOf(young, name)];
    const edits = diffLines(linesOf(left, right), linesOf(right, left));
    added += edits.filter((edit) => edit.kind === '+').length;
    removed += edits.filter((edit) => edit.kind === '-').length;
    const hunks = hunksOf(edits);
    if (hunks === '') continue;
    const title = family === undefined ? name : `${family} ${name}`;
    unified += `--- before: ${title}\n+++ after: ${title}\n${hunks}`;
  }
  return { added, removed, unified };
}

/** Restore loads a table that stands twice in a text twice, and the last one stays. */
function tableOf(saved: SavedRuleset, name: string): SavedTable | undefined {
  return saved.tables.findLast((table) => table.name === name);
}

/** The lines of a table; an absent one has the built-in chains of the other side, accepting everything. */
function linesOf(table: SavedTable | undefined, other: SavedTable | undefined): readonly string[] {
  if (table !== undefined) return tableLines(table);
  return (other?.lines ?? []).flatMap((line) =>
    line.kind === 'chain' && line.policy !== '-' ? [`:${line.chain} ACCEPT [0:0]`] : [],
  );
}

function diffLines(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  return [
    ...before.slice(0, head).map(same),
    ...diffMiddle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(same),
  ];
}

function diffMiddle(before: readonly string[], after: readonly string[]): readonly Edit[] {
  return diffFew(before, after, MAX_EDITS) ?? diffBetweenAnchors(before, after);
}

/** Undefined when the texts differ by too many lines. */
function diffFew(
  before: readonly string[],
  after: readonly string[],
  maxEditLength: number,
): readonly Edit[] | undefined {
  const changes = diffArrays([...before], [...after], { maxEditLength });
  return changes?.flatMap(({ added, removed, value }) => value.map(removed ? gone : added ? fresh : same));
}

function diffBetweenAnchors(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const edits: Edit[] = [];
  const end = { before: before.length, after: after.length };
  let from = { before: 0, after: 0 };
  for (const anchor of [...findAnchors(before, after), end]) {
    const [old, young] = [before.slice(from.before, anchor.before), after.slice(from.after, anchor.after)];
    for (const edit of diffFew(old, young, MAX_EDITS_A_STRETCH) ?? replaced(old, young)) edits.push(edit);
    if (anchor !== end) edits.push(same(before[anchor.before] ?? ''));
    from = { before: anchor.before + 1, after: anchor.after + 1 };
  }
  return edits;
}

function replaced(before: readonly string[], after: readonly string[]): readonly Edit[] {
  return [...before.map(gone), ...after.map(fresh)];
}

const same = (line: string): Edit => ({ kind: ' ', line });
const gone = (line: string): Edit => ({ kind: '-', line });
const fresh = (line: string): Edit => ({ kind: '+', line });
