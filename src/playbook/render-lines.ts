import type { Inventory } from '../inventory/model.ts';
import type { Family } from '../ruleset/model.ts';
import { renderProgram } from './evaluate.ts';
import type { Fault } from './fault.ts';
import { hostsIn, type Overlay } from './host-views.ts';
import { type RuleLine, RuleLines, type Tool } from './rule-lines.ts';
import type { Template, Templates } from './template.ts';
import type { variablesOf } from './variables.ts';

/**
 * Renders a template in one family, into lines of what the tool is to read.
 *
 * @param templates where its partials are found
 */
export function renderLines(
  template: Template,
  templates: Templates,
  variables: ReturnType<typeof variablesOf>,
  inventory: Inventory,
  family: Family,
  tool: Tool,
  overlay?: Overlay,
): { readonly lines: readonly RuleLine[]; readonly faults: readonly Fault[] } {
  const sink = new RuleLines(template, templates, family, tool);
  const hosts = hostsIn(inventory, family, overlay);
  const scope = { contexts: [variables], loops: [], names: new Map(), hosts, family };
  const faults = renderProgram(template.program, scope, sink);
  return { lines: sink.lines(), faults };
}
