import type { TemplateLine } from './model.ts';

/** ` (included by templates/edge.rules.hbs:7)`; nothing of a template that none includes. */
export function formatInclusion(includedBy: readonly TemplateLine[] = []): string {
  const by = includedBy.map(({ template, line }) => `by ${template}:${line}`);
  return by.length === 0 ? '' : ` (included ${by.join(', ')})`;
}
