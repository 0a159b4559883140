import pLimit from 'p-limit';
import { refusalProblem } from '../../gateway/refusals.ts';
import { probeGateway } from '../../gateway/transaction.ts';
import type { Host } from '../../inventory/model.ts';
import { limitHosts, matchHosts, noHostsProblem } from '../../inventory/patterns.ts';
import { type Problem, ProblemsError } from '../../problem.ts';
import { loadExtraVars } from '../../project/extra-vars.ts';
import { loadInventory } from '../../project/inventory.ts';
import { readLimit } from '../../project/inventory-limit.ts';
import { inventorySources } from '../../project/inventory-sources.ts';
import { loadGatewayScripts } from '../../project/scripts.ts';
import type { ProjectRequest } from './prepare.ts';
import { createReach, type ReachFlags } from './reach.ts';

export type PingRequest = Pick<ProjectRequest, 'inventory' | 'limit' | 'extraVars' | 'cwd' | 'env'> & {
  readonly pattern: string;
  readonly flags: ReachFlags;
  readonly forks: number;
  /** Hears what is doubtful in the inventory. */
  readonly warn: (warning: Problem) => void;
};

/** A sudo or a tool that hangs must not hold its fork for ever. */
const probeMs = 60_000;

/** Can this gateway be managed? */
export type Pong =
  | {
      readonly kind: 'ok';
      readonly host: string;
      readonly facts: ReadonlyMap<string, string>;
      readonly warnings: readonly Problem[];
    }
  | { readonly kind: 'failed' | 'unreachable'; readonly host: string; readonly problem: Problem };

/**
 * Asks every host of a pattern; `answered` hears each as it comes.
 * @throws ProblemsError when the inventory or the pattern is wrong
 */
export async function pingHosts(
  request: PingRequest,
  answered: (pong: Pong) => void,
): Promise<readonly Pong[]> {
  const hosts = await hostsOf(request);
  const reach = await createReach(hosts, request.flags, process.env);
  const scripts = await loadGatewayScripts();
  const limit = pLimit(request.forks);
  const ping = async ({ name: host }: Host): Promise<Pong> => {
    const dialled = await reach.dial(host);
    if (dialled.kind === 'unreachable') return { kind: 'unreachable', host, problem: dialled.problem };
    try {
      const probed = await probeGateway(dialled.remote, scripts, AbortSignal.timeout(probeMs));
      if (probed.kind === 'lost') return { kind: 'unreachable', host, problem: lost(host, probed.reason) };
      if (probed.kind === 'probed') {
        const blocking = probed.warnings.find(({ code }) => code !== 'locked');
        if (blocking !== undefined)
          return { kind: 'failed', host, problem: refusalProblem(host, blocking, []) };
        const warnings = probed.warnings.map((warning) => refusalProblem(host, warning, []));
        return { kind: 'ok', host, facts: probed.values, warnings };
      }
      const [refusal = { code: 'refused', text: '' }] = probed.refusals;
      return { kind: 'failed', host, problem: refusalProblem(host, refusal, []) };
    } finally {
      dialled.remote.close();
    }
  };
  return Promise.all(
    hosts.map((host) =>
      limit(async () => {
        const pong = await ping(host);
        answered(pong);
        return pong;
      }),
    ),
  );
}

async function hostsOf({
  inventory: named,
  pattern,
  limit,
  extraVars,
  cwd,
  env,
  warn,
}: PingRequest): Promise<readonly Host[]> {
  const sources = await inventorySources({ named, env, cwd });
  const inventory = await loadInventory({ sources, extraVars: await loadExtraVars(extraVars), cwd });
  const match = matchHosts(inventory, pattern);
  const limited =
    limit === undefined ? match : limitHosts(inventory, match.hosts, await readLimit(limit, cwd));
  const problem =
    noHostsProblem(inventory, pattern, match) ?? noHostsProblem(inventory, limit ?? pattern, limited);
  if (problem !== undefined) throw new ProblemsError([problem, ...inventory.warnings]);
  for (const warning of inventory.warnings) warn(warning);
  return limited.hosts;
}

function lost(host: string, reason: string): Problem {
  return {
    code: 'connection-lost',
    host,
    message: `the connection was lost: ${reason}`,
    remedy: 'Try again.',
  };
}
