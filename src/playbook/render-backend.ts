import type { Check } from '../checks/model.ts';
import type { Host, Inventory, Vars } from '../inventory/model.ts';
import type { Problem } from '../problem.ts';
import { distinct, type Fault } from './fault.ts';
import { hostsIn } from './host-views.ts';
import type { BackendPool, Play } from './model.ts';
import { checkOf } from './render-checks.ts';
import type { Hide } from './secrets.ts';
import { variablesOf } from './variables.ts';

/**
 * The check of each backend of a pool, as one gateway has it made: its strings know the gateway's variables, and `backend`. It may
 * be several: from each host of a pattern.
 */
export function renderBackendChecks(
  play: Play,
  pool: BackendPool,
  backends: readonly string[],
  inventory: Inventory,
  gateway: Host,
  extraVars: Vars,
): { readonly checks: ReadonlyMap<string, readonly Check[]>; readonly problems: readonly Problem[] } {
  const { check: template } = pool;
  const checks = new Map<string, readonly Check[]>();
  if (template === undefined) return { checks, problems: [] };
  const hosts = hostsIn(inventory, play.families[0] ?? 'ipv4');
  const variables = (hide?: Hide) => variablesOf(play, undefined, inventory, gateway, extraVars, hide);
  const problems: Problem[] = [];
  for (const view of hosts(pool.hosts)) {
    const { name } = view as { readonly name: string };
    if (!backends.includes(name)) continue;
    const faults: Fault[] = [];
    const names = new Map([['backend', view]]);
    const scope = { contexts: [variables()], loops: [], names, hosts, family: undefined };
    checks.set(name, checkOf(template, scope, { inventory, host: gateway, variables }, faults));
    for (const { code, message, remedy } of distinct(faults))
      problems.push({
        code,
        file: play.file,
        line: template.line,
        host: gateway.name,
        message: `check of backend ${name}: ${message}`,
        remedy,
      });
  }
  return { checks, problems };
}
