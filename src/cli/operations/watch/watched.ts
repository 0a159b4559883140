import type { Check } from '../../../checks/model.ts';
import type { Host } from '../../../inventory/model.ts';
import type { Play } from '../../../playbook/model.ts';
import { type Pool, poolsOf } from '../../../playbook/pools.ts';
import { renderBackendChecks } from '../../../playbook/render-backend.ts';
import { selectTags } from '../../../playbook/tags.ts';
import { type Problem, ProblemsError } from '../../../problem.ts';
import type { LoadedInventory } from '../../../project/inventory.ts';
import { openHeaders } from '../check-secrets.ts';
import { hostsOf } from '../play-hosts.ts';
import { loadAll, type ProjectRequest } from '../prepare.ts';
import type { FindingsPlace } from './findings-file.ts';

/** A play whose backends are looked at. */
export type WatchedPlay = {
  readonly play: Play;
  readonly place: FindingsPlace;
  readonly inventory: LoadedInventory;
  readonly pools: readonly Pool[];
  /** Names of the gateways, as far as a limit leaves them. */
  readonly gateways: readonly string[];
  /** How a gateway has a backend looked at. */
  readonly checks: ReadonlyMap<string, ReadonlyMap<string, readonly Check[]>>;
};

/**
 * Everything that a watch looks at, from files alone.
 * @throws ProblemsError where there is nothing to look at, where nobody would be there to approve, and for each check that can't be made
 */
export async function loadWatched(request: ProjectRequest): Promise<readonly WatchedPlay[]> {
  const { sources, inventory, extraVars, limit, loaded } = await loadAll(request);
  const plays = selectTags(loaded.plays, request.tags).filter(({ backends }) => backends.some(isWatched));
  const problems: Problem[] = plays.length === 0 ? [nothingToWatch(request.playbook)] : [];
  const watched = plays.map((play): WatchedPlay => {
    problems.push(...unfit(play));
    const { pools, problems: ofPools } = poolsOf(play, inventory);
    const { hosts, problems: ofHosts } = hostsOf(play, inventory, limit);
    problems.push(...ofPools, ...ofHosts);
    const checks = new Map(
      hosts.map((host) => [host.name, checksOf(play, pools, inventory, host, extraVars, problems)]),
    );
    const place = { cwd: request.cwd, play: play.id, sources };
    return { play, place, inventory, pools, gateways: hosts.map(({ name }) => name), checks };
  });
  const all = watched.flatMap(({ checks }) => [...checks.values()].flatMap((of) => [...of.values()].flat()));
  if (problems.length === 0) problems.push(...(await openHeaders(all, request.vault)));
  if (problems.length > 0) throw new ProblemsError(problems);
  return watched;
}

function isWatched({ check, weigh }: Play['backends'][number]): boolean {
  return check !== undefined || weigh !== undefined;
}

function checksOf(
  play: Play,
  pools: readonly Pool[],
  inventory: LoadedInventory,
  gateway: Host,
  extraVars: Parameters<typeof renderBackendChecks>[5],
  problems: Problem[],
): ReadonlyMap<string, readonly Check[]> {
  const all = new Map<string, readonly Check[]>();
  for (const { pool, members } of pools) {
    // Who drains is left out anyway, and may be shut down for good.
    const names = members.flatMap(({ host, isDraining }) => (isDraining ? [] : host.name));
    const rendered = renderBackendChecks(play, pool, names, inventory, gateway, extraVars);
    problems.push(...rendered.problems);
    for (const [name, checks] of rendered.checks) all.set(name, checks);
  }
  return all;
}

/** What a run without a person can't do. */
function unfit({ id, file, line, rollout, enforce }: Play): readonly Problem[] {
  const place = { file, line };
  return [
    ...(rollout.pause.length === 0
      ? []
      : [
          {
            ...place,
            code: 'watch-pause',
            message: `play "${id}" pauses for a person (rollout.pause), and nobody is there when sluice watch acts`,
            remedy: 'Take pause away, or give the backends a play of their own without it.',
          },
        ]),
    ...(enforce
      ? []
      : [
          {
            ...place,
            code: 'watch-reports-only',
            message: `play "${id}" only reports (enforce: false), so that sluice watch could take nobody out of its rules`,
            remedy: 'Take enforce: false away, or leave the play out with --tags.',
          },
        ]),
  ];
}

function nothingToWatch(playbook: string): Problem {
  return {
    code: 'nothing-to-watch',
    file: playbook,
    message: 'no play has backends with a check, or with weigh',
    remedy:
      'Say how backends are looked at: backends: [{ hosts: web, check: { tcp: "{{backend.address}}:80" } }].',
  };
}
