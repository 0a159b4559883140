import { diffArrays } from 'diff';
import { findAnchors } from './anchors.ts';
import type { Edit } from './hunks.ts';

/**
 * Myers' algorithm takes time by the square of the edits: it is asked only between two anchors, and a stretch that is too different
 * there counts as replaced.
 */
const MAX_EDITS_A_STRETCH = 200;

/** Compares two lists of lines; where lines are unique, as rules nearly always are, with as few edits as can be. */
export function diffLines(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  return [
    ...before.slice(0, head).map(same),
    ...diffBetweenAnchors(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(same),
  ];
}

function diffBetweenAnchors(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const edits: Edit[] = [];
  const end = { before: before.length, after: after.length };
  let from = { before: 0, after: 0 };
  for (const anchor of [...findAnchors(before, after), end]) {
    const [old, young] = [before.slice(from.before, anchor.before), after.slice(from.after, anchor.after)];
    for (const edit of diffStretch(old, young)) edits.push(edit);
    if (anchor !== end) edits.push(same(before[anchor.before] ?? ''));
    from = { before: anchor.before + 1, after: anchor.after + 1 };
  }
  return edits;
}

function diffStretch(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const known = new Set(before);
  const replaced = () => [...before.map(gone), ...after.map(fresh)];
  if (!after.some((line) => known.has(line))) return replaced();
  const changes = diffArrays([...before], [...after], { maxEditLength: MAX_EDITS_A_STRETCH });
  return (
    changes?.flatMap(({ added, removed, value }) => value.map(removed ? gone : added ? fresh : same)) ??
    replaced()
  );
}

const same = (line: string): Edit => ({ kind: ' ', line });
const gone = (line: string): Edit => ({ kind: '-', line });
const fresh = (line: string): Edit => ({ kind: '+', line });
