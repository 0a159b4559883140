import pLimit from 'p-limit';
import type { NoAnswer, Refused } from '../../gateway/asking.ts';
import type { GatewayScripts } from '../../gateway/program.ts';
import { refusalProblem } from '../../gateway/refusals.ts';
import type { ResolvedHost } from '../../inventory/model.ts';
import { limitHosts, matchHosts, noHostsProblem } from '../../inventory/patterns.ts';
import { resolveHost } from '../../inventory/resolved-vars.ts';
import { type Problem, ProblemsError } from '../../problem.ts';
import { loadExtraVars } from '../../project/extra-vars.ts';
import { type LoadedInventory, loadInventory, withoutPlaybook } from '../../project/inventory.ts';
import { inventorySources } from '../../project/inventory-sources.ts';
import { loadGatewayScripts } from '../../project/scripts.ts';
import type { Remote } from '../../remote.ts';
import { loadLimit, missingOf } from './limit.ts';
import type { ProjectRequest } from './prepare.ts';
import { createReach, type ReachFlags } from './reach.ts';

/** Which hosts are asked, and how they are reached. */
export type HostsRequest = Pick<
  ProjectRequest,
  'inventory' | 'limit' | 'extraVars' | 'vault' | 'cwd' | 'settings'
> & {
  readonly pattern: string;
  readonly flags: ReachFlags;
  readonly forks: number;
  /** Hears what is doubtful in the inventory. */
  readonly warn: (warning: Problem) => void;
};

/** A host that said no, or that nobody answered for. */
export type Unanswered = {
  readonly kind: 'failed' | 'unreachable';
  readonly host: string;
  readonly problem: Problem;
};

/**
 * Asks every host of a pattern over one connection each, some at once; `answered` hears each as it comes.
 * @throws ProblemsError when the inventory or the pattern is wrong
 */
export async function askEachHost<T>(
  request: HostsRequest,
  ask: (host: string, remote: Remote, scripts: GatewayScripts) => Promise<T | Unanswered>,
  answered: (answer: T | Unanswered) => void,
): Promise<readonly (T | Unanswered)[]> {
  return askHosts(await hostsOf(request), request, ask, answered);
}

/** Asks hosts that are chosen already. */
export async function askHosts<T>(
  hosts: readonly ResolvedHost[],
  request: HostsRequest,
  ask: (host: string, remote: Remote, scripts: GatewayScripts) => Promise<T | Unanswered>,
  answered: (answer: T | Unanswered) => void,
): Promise<readonly (T | Unanswered)[]> {
  const reach = await createReach(hosts, request.flags, request.vault, process.env);
  const scripts = await loadGatewayScripts();
  const limit = pLimit(request.forks);
  const dialAndAsk = async (host: string): Promise<T | Unanswered> => {
    const dialled = await reach.dial(host);
    if (dialled.kind === 'unreachable') return { kind: 'unreachable', host, problem: dialled.problem };
    try {
      return await ask(host, dialled.remote, scripts);
    } finally {
      dialled.remote.close();
    }
  };
  try {
    return await Promise.all(
      hosts.map(({ name }) =>
        limit(async () => {
          const answer = await dialAndAsk(name);
          answered(answer);
          return answer;
        }),
      ),
    );
  } finally {
    reach.close();
  }
}

/** What a refusal or a lost connection means for who asked. */
export function unanswered(host: string, answer: Refused | NoAnswer): Unanswered {
  if (answer.kind === 'lost') return { kind: 'unreachable', host, problem: lost(host, answer.reason) };
  const [refusal = { code: 'refused', text: '' }] = answer.refusals;
  return { kind: 'failed', host, problem: refusalProblem(host, refusal) };
}

/** The hosts of the pattern, within the limit. */
export async function hostsOf(request: HostsRequest): Promise<readonly ResolvedHost[]> {
  return (await chooseHosts(request)).hosts;
}

/** The hosts of the pattern, within the limit, and the inventory that they are of; warns of what is doubtful in it. */
export async function chooseHosts(
  request: HostsRequest,
): Promise<{ readonly inventory: LoadedInventory; readonly hosts: readonly ResolvedHost[] }> {
  const { inventory, hosts } = await selectHosts(request);
  for (const warning of [...request.settings.warnings, ...inventory.warnings]) request.warn(warning);
  return { inventory, hosts: hosts.map((host) => resolveHost(inventory, host)) };
}

/** The inventory, and the hosts of the pattern, within the limit, in its order. */
export async function selectHosts({
  inventory: named,
  pattern,
  limit,
  extraVars: written,
  vault,
  cwd,
  settings: { settings },
}: Omit<HostsRequest, 'flags' | 'forks' | 'warn'>) {
  const sources = await inventorySources({ named, settings, cwd });
  const extraVars = await loadExtraVars(written, vault);
  const parts = limit === undefined ? undefined : await loadLimit(limit, cwd);
  const playbookFolder = withoutPlaybook(settings);
  const loaded = await loadInventory({ sources, playbookFolder, extraVars, vault, cwd, settings });
  const inventory = { ...loaded, warnings: [...loaded.warnings, ...missingOf(parts, loaded)] };
  const match = matchHosts(inventory, pattern);
  const limited = parts === undefined ? match : limitHosts(inventory, match.hosts, parts);
  const problem =
    noHostsProblem(inventory, pattern, match) ?? noHostsProblem(inventory, limit ?? pattern, limited, parts);
  if (problem !== undefined) throw new ProblemsError([problem, ...inventory.warnings]);
  return { sources, inventory, hosts: limited.hosts };
}

function lost(host: string, reason: string): Problem {
  return {
    code: 'connection-lost',
    host,
    message: `the connection was lost: ${reason}`,
    remedy: 'Try again.',
  };
}
