import type { Host, Inventory, Vars } from '../inventory/model.ts';
import type { Problem } from '../problem.ts';
import type { DesiredSysctl } from '../ruleset/model.ts';
import { CheckText } from './check-text.ts';
import { renderProgram } from './evaluate.ts';
import type { Fault } from './fault.ts';
import { hostsIn, type Overlay } from './host-views.ts';
import type { Play, SysctlTemplate } from './model.ts';
import { complaintAboutValue, normaliseSysctlValue } from './sysctl-key.ts';
import { parseProgram } from './template.ts';
import { variablesOf } from './variables.ts';

/** Fills in the variables of a play's kernel parameters for one host. */
export function renderSysctls(
  play: Play,
  inventory: Inventory,
  host: Host,
  extraVars: Vars,
  overlay?: Overlay,
): { readonly sysctls: readonly DesiredSysctl[]; readonly problems: readonly Problem[] } {
  const variables = variablesOf(play, undefined, inventory, host, extraVars);
  const hosts = hostsIn(inventory, play.families[0] ?? 'ipv4', overlay);
  const scope = { contexts: [variables], loops: [], names: new Map(), hosts, family: undefined };
  const sysctls: DesiredSysctl[] = [];
  const problems: Problem[] = [];
  for (const template of play.sysctls) {
    const sink = new CheckText('words');
    const parsed = parseProgram(template.value);
    const faults = 'faults' in parsed ? parsed.faults : renderProgram(parsed.program, scope, sink);
    const value = normaliseSysctlValue(sink.text);
    const all = faults.length > 0 ? faults : faultsOf(value, template);
    problems.push(
      ...all.map(({ code, message, remedy }) => ({
        code,
        file: play.file,
        line: template.line,
        message: `sysctls.${template.key}: ${message}`,
        remedy,
      })),
    );
    sysctls.push({ key: template.key, value });
  }
  return { sysctls, problems };
}

function faultsOf(value: string, { line }: SysctlTemplate): readonly Fault[] {
  const complaint = complaintAboutValue(value);
  if (complaint === undefined) return [];
  const remedy = 'Write one line of printable characters; 1 for on and 0 for off.';
  return [{ code: 'sysctl-value', line, message: `the value ${JSON.stringify(value)} ${complaint}`, remedy }];
}
