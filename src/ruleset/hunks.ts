import type { LineSource } from './model.ts';

/** One line of a comparison: kept, removed or added. */
export type Edit = { readonly kind: ' ' | '-' | '+'; readonly line: string };

/** A rule in a comparison of one chain. Places are the rule's number in its chain, as `iptables -L --line-numbers` counts. */
export type RuleChange =
  /** Shown as context alone. */
  | { readonly kind: 'same'; readonly rule: string }
  | {
      readonly kind: 'added';
      readonly rule: string;
      readonly to: number /** Where it was written, as far as that is certain. */;
      readonly source?: LineSource;
    }
  | { readonly kind: 'removed'; readonly rule: string; readonly from: number }
  /** A move is shown at both of its places: at `from` it is `moved_away`, at `to` it is `moved_here`. */
  | { readonly kind: 'moved_away'; readonly rule: string; readonly from: number; readonly to: number }
  | {
      readonly kind: 'moved_here';
      readonly rule: string;
      readonly from: number;
      readonly to: number;
      readonly source?: LineSource;
    };

/** A stretch of a chain: its changes with three rules of context. Starts count from 1; an empty side names the rule before it. */
export type Hunk = {
  readonly before: { readonly start: number; readonly count: number };
  readonly after: { readonly start: number; readonly count: number };
  readonly rules: readonly RuleChange[];
};

const CONTEXT_RULES = 3;

/** Numbers the edits of a chain, and joins what was removed at one place and added at another, word by word the same, to moves. */
export function changesOf(
  edits: readonly Edit[],
  sourceOf: (to: number) => LineSource | undefined,
): readonly RuleChange[] {
  const { away, here } = movesIn(edits);
  let [from, to] = [0, 0];
  return edits.map(({ kind, line: rule }): RuleChange => {
    if (kind !== '+') from += 1;
    if (kind !== '-') to += 1;
    if (kind === ' ') return { kind: 'same', rule };
    if (kind === '-') {
      const place = away.get(from);
      return place === undefined
        ? { kind: 'removed', rule, from }
        : { kind: 'moved_away', rule, from, to: place };
    }
    const [place, source] = [here.get(to), sourceOf(to)];
    const written = source === undefined ? {} : { source };
    return place === undefined
      ? { kind: 'added', rule, to, ...written }
      : { kind: 'moved_here', rule, from: place, to, ...written };
  });
}

/** Of rules that stand several times, the first removed one is the first added one, and so on. */
function movesIn(edits: readonly Edit[]) {
  const removed = new Map<string, number[]>();
  let place = 0;
  for (const { kind, line } of edits) {
    if (kind !== '+') place += 1;
    if (kind !== '-') continue;
    const places = removed.get(line);
    if (places === undefined) removed.set(line, [place]);
    else places.push(place);
  }
  const away = new Map<number, number>();
  const here = new Map<number, number>();
  const taken = new Map<string, number>();
  place = 0;
  for (const { kind, line } of edits) {
    if (kind !== '-') place += 1;
    if (kind !== '+') continue;
    const nth = taken.get(line) ?? 0;
    const from = removed.get(line)?.[nth];
    if (from === undefined) continue;
    taken.set(line, nth + 1);
    away.set(from, place);
    here.set(place, from);
  }
  return { away, here };
}

/** Cuts the changes of a chain into the stretches to show. */
export function hunksOf(changes: readonly RuleChange[]): readonly Hunk[] {
  const hunks: Hunk[] = [];
  let [old, young, at] = [1, 1, 0];
  for (const [start, end] of stretches(changes)) {
    old += start - at;
    young += start - at;
    const rules = changes.slice(start, end);
    const oldCount = rules.filter(({ kind }) => kind !== 'added' && kind !== 'moved_here').length;
    const newCount = rules.filter(({ kind }) => kind !== 'removed' && kind !== 'moved_away').length;
    hunks.push({ before: range(old, oldCount), after: range(young, newCount), rules });
    old += oldCount;
    young += newCount;
    at = end;
  }
  return hunks;
}

/** As `diff -u` writes it: an empty range names the line before it. */
function range(start: number, count: number) {
  return { start: count === 0 ? start - 1 : start, count };
}

/** Start and end of each stretch to show: changes with their context, merged where contexts touch. */
function stretches(changes: readonly RuleChange[]): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  changes.forEach(({ kind }, index) => {
    if (kind === 'same') return;
    const from = Math.max(0, index - CONTEXT_RULES);
    const to = Math.min(changes.length, index + CONTEXT_RULES + 1);
    const last = found.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = to;
    else found.push([from, to]);
  });
  return found;
}
