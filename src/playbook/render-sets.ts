import type { Host, Inventory, Vars } from '../inventory/model.ts';
import type { Problem } from '../problem.ts';
import type { DesiredSet } from '../ruleset/model.ts';
import type { Overlay } from './host-views.ts';
import { mergeSets, type RenderedSets } from './merge-sets.ts';
import type { Play } from './model.ts';
import { problemAt } from './origin.ts';
import { renderLines } from './render-lines.ts';
import { parseSetLines } from './set-lines.ts';
import { missingTemplate, type Templates } from './template.ts';
import { variablesOf } from './variables.ts';

/** Renders the sets of a play for a host: each template once in every family of the play; what comes out alike counts once. */
export function renderSets(
  play: Play,
  templates: Templates,
  inventory: Inventory,
  host: Host,
  extraVars: Vars,
  overlay?: Overlay,
): { readonly sets: readonly DesiredSet[]; readonly problems: readonly Problem[] } {
  const rendered: RenderedSets[] = [];
  const problems: Problem[] = [];
  for (const fragment of play.ipsets) {
    const template = templates.get(fragment.template);
    if (template === undefined) {
      problems.push(missingTemplate(play.file, fragment));
      continue;
    }
    const variables = variablesOf(play, fragment, inventory, host, extraVars);
    for (const family of play.families) {
      const { lines, faults } = renderLines(
        template,
        templates,
        variables,
        inventory,
        family,
        'ipset',
        overlay,
      );
      const parsed = faults.length > 0 ? { creates: [], adds: [], faults } : parseSetLines(lines);
      problems.push(...parsed.faults.map((fault) => problemAt({ origin: { template }, ...fault }, fault)));
      rendered.push({ ...parsed, keepsMembers: fragment.keepsMembers });
    }
  }
  // A fragment that failed may be the one that creates a set: what is missing after it is no problem of its own.
  return problems.length > 0 ? { sets: [], problems } : mergeSets(rendered);
}
