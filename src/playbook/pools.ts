import type { Host, Inventory } from '../inventory/model.ts';
import { matchHosts, noHostsProblem } from '../inventory/patterns.ts';
import { resolvedVar } from '../inventory/resolved-vars.ts';
import type { Problem } from '../problem.ts';
import type { BackendPool, Play } from './model.ts';

/** A pool with the hosts of the inventory that are its backends. */
export type Pool = {
  readonly pool: BackendPool;
  readonly members: readonly { readonly host: Host; readonly isDraining: boolean }[];
};

/** Finds the backends of a play, and what of them a person has marked as draining. */
export function poolsOf(
  play: Pick<Play, 'backends' | 'file'>,
  inventory: Inventory,
): { readonly pools: readonly Pool[]; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const first = new Map<string, BackendPool>();
  const pools = play.backends.map((pool): Pool => {
    const place = { file: play.file, line: pool.line };
    const match = matchHosts(inventory, pool.hosts);
    const none = noHostsProblem(inventory, pool.hosts, match);
    if (none !== undefined) problems.push({ ...none, ...place });
    else for (const part of match.unmatched) problems.push({ ...unknown(part, pool), ...place });
    const members = match.hosts.map((host) => {
      const other = first.get(host.name);
      if (other !== undefined) problems.push({ ...twice(host.name, pool, other), ...place });
      first.set(host.name, pool);
      const isDraining = drainingOf(inventory, host);
      if (isDraining !== undefined) return { host, isDraining };
      problems.push({ ...unclear(host.name), ...place });
      return { host, isDraining: false };
    });
    const staying = members.filter(({ isDraining }) => !isDraining).length;
    if (members.length > staying && staying < pool.atLeast)
      problems.push({ ...nobodyLeft(pool, staying, members.length), ...place });
    return { pool, members };
  });
  return { pools, problems };
}

/** Undefined for what is neither true nor false. An INI inventory's `draining=true` is a text. */
function drainingOf(inventory: Inventory, host: Host): boolean | undefined {
  const value = resolvedVar(inventory, host, 'draining') ?? false;
  if (typeof value === 'boolean') return value;
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '?';
  if (/^(true|yes|on|1)$/i.test(text)) return true;
  return /^(false|no|off|0|)$/i.test(text) ? false : undefined;
}

type Words = Pick<Problem, 'code' | 'message' | 'remedy'>;

function unknown(part: string, { hosts }: BackendPool): Words {
  return {
    code: 'no-hosts',
    message: `backends: "${part}" in the pattern "${hosts}" names no host and no group`,
    remedy: '"sluice inventory --graph" shows the groups and hosts there are.',
  };
}

/** Which of the two would say whether it stays? */
function twice(name: string, { hosts }: BackendPool, other: BackendPool): Words {
  return {
    code: 'backend-twice',
    message: `backends: ${name} is of "${hosts}" and of "${other.hosts}"`,
    remedy: 'Let the patterns name different hosts, or give each service a play of its own.',
  };
}

function unclear(name: string): Words & { readonly host: string } {
  return {
    code: 'draining-unclear',
    host: name,
    message: 'its variable draining is neither true nor false',
    remedy: 'Write true or false; without the variable, it is not draining.',
  };
}

function nobodyLeft({ hosts, atLeast }: BackendPool, staying: number, total: number): Words {
  return {
    code: 'too-many-draining',
    message: `backends: ${total - staying} of the ${total} of "${hosts}" are draining, which leaves ${staying}, and at_least ${atLeast} must stay`,
    remedy: 'Take draining off some of them, or change at_least.',
  };
}
