import type { DesiredRuleset, LineSource, TemplateLine } from './model.ts';

/** Whether two rule sets are the same text, and of the same lines of the same templates. */
export function isSameRuleset(
  one: Pick<DesiredRuleset, 'family' | 'text' | 'sources'>,
  other: Pick<DesiredRuleset, 'family' | 'text' | 'sources'>,
): boolean {
  if (one === other) return true;
  return (
    one.family === other.family &&
    one.text === other.text &&
    isEachSame(one.sources, other.sources, isSameSource)
  );
}

/** Whether two lists are as long, and each of the one like its counterpart in the other. */
export function isEachSame<Item>(
  some: readonly Item[],
  others: readonly Item[],
  isSame: (one: Item, other: Item) => boolean,
): boolean {
  return (
    some.length === others.length && some.every((one, at) => at in others && isSame(one, others[at] as Item))
  );
}

function isSameSource(one: LineSource | undefined, other: LineSource | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return isSameLine(one, other) && isEachSame(one.includedBy ?? [], other.includedBy ?? [], isSameLine);
}

function isSameLine(one: TemplateLine, other: TemplateLine): boolean {
  return one.line === other.line && one.template === other.template;
}
