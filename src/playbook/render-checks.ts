import type { Host, Inventory, Vars } from '../inventory/model.ts';
import type { Problem } from '../problem.ts';
import { type Probe, parseProbe } from './check-probe.ts';
import { CheckText, type Use } from './check-text.ts';
import { renderProgram } from './evaluate.ts';
import { distinct, type Fault, faultAt } from './fault.ts';
import { hostViews } from './host-views.ts';
import type { CheckTemplate, Play } from './model.ts';
import { parseProgram } from './template.ts';
import { variablesOf } from './variables.ts';

/** A check of one host, ready to run; the same shape as the checks room's `Check`. */
export type RenderedCheck = Omit<CheckTemplate, 'probe' | 'line'> & { readonly probe: Probe };

/**
 * Fills in the variables of a play's checks for one host. What a variable gives is checked for the place where it stands, above
 * all in a command, which runs as root.
 */
export function renderChecks(
  play: Play,
  inventory: Inventory,
  host: Host,
  extraVars: Vars,
): { readonly checks: readonly RenderedCheck[]; readonly problems: readonly Problem[] } {
  const checks: RenderedCheck[] = [];
  const problems: Problem[] = [];
  const variables = variablesOf(play, undefined, inventory, host, extraVars);
  const hosts = (pattern: string) => hostViews(inventory, pattern, play.families[0] ?? 'ipv4');
  const scope = { contexts: [variables], loops: [], names: new Map(), hosts, family: undefined };
  for (const template of play.checks) {
    const faults: Fault[] = [];
    const fill = (text: string, use: Use): string => {
      const sink = new CheckText(use);
      const parsed = parseProgram(text);
      faults.push(...('faults' in parsed ? parsed.faults : renderProgram(parsed.program, scope, sink)));
      return sink.text;
    };
    const check = fillCheck(template, fill, faults);
    if (check !== undefined) checks.push(check);
    for (const { code, message, remedy } of distinct(faults)) {
      problems.push({
        code,
        file: play.file,
        line: template.line,
        host: host.name,
        message: `check "${template.name}": ${message}`,
        remedy,
      });
    }
  }
  return problems.length > 0 ? { checks: [], problems } : { checks, problems };
}

function fillCheck(
  template: CheckTemplate,
  fill: (text: string, use: Use) => string,
  faults: Fault[],
): RenderedCheck | undefined {
  const { line, probe: written, ...rest } = template;
  const name = fill(template.name, 'words');
  const probe = fillProbe(written, fill);
  if (faults.length > 0) return undefined;
  try {
    return { ...rest, name, probe: parseProbe(probe) };
  } catch (error) {
    faults.push(faultAt(line, error));
    return undefined;
  }
}

function fillProbe(
  probe: CheckTemplate['probe'],
  fill: (text: string, use: Use) => string,
): CheckTemplate['probe'] {
  switch (probe.kind) {
    case 'tcp':
      return { ...probe, target: fill(probe.target, 'target') };
    case 'http': {
      const { body } = probe.expect;
      return {
        ...probe,
        url: fill(probe.url, 'target'),
        expect: body === undefined ? probe.expect : { ...probe.expect, body: fill(body, 'words') },
      };
    }
    case 'command': {
      const { stdout } = probe.expect;
      return {
        ...probe,
        command: fill(probe.command, 'shell'),
        expect: stdout === undefined ? probe.expect : { ...probe.expect, stdout: fill(stdout, 'words') },
      };
    }
  }
}
