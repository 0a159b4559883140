import { access } from 'node:fs/promises';
import path from 'node:path';
import type { Standing } from '../../gateway/standing.ts';
import { emptyParts, type LimitPart, limitHosts, matchHosts } from '../../inventory/patterns.ts';
import { changedInput } from '../../plan/compare-input.ts';
import { changedParts, ownedParts } from '../../plan/owned.ts';
import { type SavedHost, type SavedPlan, savedInput } from '../../plan/saved-plan.ts';
import { limitWaves } from '../../plan/waves.ts';
import type { RolloutPolicy } from '../../playbook/model.ts';
import { selectTags } from '../../playbook/tags.ts';
import { type Problem, ProblemsError } from '../../problem.ts';
import type { Job } from '../../rollout/runtime.ts';
import type { DesiredSet } from '../../ruleset/model.ts';
import { openHeaders } from './check-secrets.ts';
import { leftOutWarnings, loadOverlays } from './overlays.ts';
import { partnersOutside } from './plan-plays.ts';
import { digests } from './plan-recorder.ts';
import { hostsOf, unknownPart } from './play-hosts.ts';
import {
  digestKey,
  digestOfInput,
  inputFrom,
  loadAll,
  type PreparedProject,
  type ProjectRequest,
  type RenderedHost,
  vantagesOf,
} from './prepare.ts';
import { renderWhole } from './render-whole.ts';

/** A saved plan, with today's files beside it. */
export type PreparedPlan = {
  readonly project: PreparedProject;
  /** Why a host's part of the plan holds no more: first by its rendered input, then by how the gateway stands. */
  readonly objectionTo: (
    job: Job,
    places: readonly string[],
    standing: Standing | undefined,
  ) => Problem | undefined;
};

/** The request that a plan was made by, with what was typed now. */
export function requestOf(
  plan: SavedPlan,
  { limit, vault, cwd, settings }: Pick<ProjectRequest, 'limit' | 'vault' | 'cwd' | 'settings'>,
): ProjectRequest {
  const { playbook, inventories, extraVars, tags } = plan;
  return { playbook, inventory: inventories, extraVars, tags, limit, vault, cwd, settings };
}

/**
 * Renders the hosts of a saved plan from today's files. What is wrong with one host, or has changed there, is an objection to that host;
 * waves, policies and hosts are the plan's.
 *
 * @throws ProblemsError where a file of the plan is gone or can't be understood at all
 */
export async function prepareSavedPlan(plan: SavedPlan, request: ProjectRequest): Promise<PreparedPlan> {
  await findFiles(plan, request);
  const { sources, inventory, extraVars, limit, loaded } = await loadAll(request);
  const plays = new Map(selectTags(loaded.plays, request.tags).map((play) => [play.id, play]));
  const chosen = chosenHosts(plan, inventory, limit);
  const overlays = await loadOverlays([...plays.values()], inventory, sources, request.cwd);
  if (overlays.problems.length > 0) throw new ProblemsError(overlays.problems);

  const rendered = (
    id: string,
    name: string,
  ): (RenderedHost & { problems: readonly Problem[] }) | undefined => {
    const [play, host] = [plays.get(id), inventory.hosts.get(name)];
    if (play === undefined || host === undefined) return undefined;
    if (!hostsOf(play, inventory, undefined).hosts.includes(host)) return undefined;
    return { play, ...renderWhole(play, host, loaded, inventory, extraVars, overlays.of(play, name)) };
  };
  const saved = new Map(plan.hosts.map((host) => [keyOf(host), host]));
  const ofInput = (job: Job, then: SavedHost, places: readonly string[]): Problem | undefined => {
    const today = rendered(job.play, job.host);
    if (today === undefined) return outdated(job, 'the playbook has no such host any more');
    const [problem] = today.problems;
    if (problem !== undefined) return { ...problem, host: job.host };
    const now = savedInput({ addresses: places, ...inputFrom(today) });
    const changed = changedInput(then.input, now);
    if (changed.length === 0) return undefined;
    return outdated(job, `what is rendered for it changed: ${changed.join('; ')}`);
  };
  const planned = plan.plays.flatMap((play) => limitedPlay(play, chosen));
  const outside = partnersOutside(planned, inventory);
  const looked = [
    ...plan.hosts.filter(({ host }) => chosen.has(host)),
    ...outside.map(({ play, host }) => ({ play, host: host.name })),
  ];
  const wanted = new Map<string, string>();
  const checks = looked.flatMap(({ play, host }) => {
    const today = rendered(play, host);
    if (today === undefined) return [];
    wanted.set(digestKey(play, host), digestOfInput(inputFrom(today)));
    return today.checks;
  });
  const sealed = await openHeaders(checks, request.vault);
  if (sealed.length > 0) throw new ProblemsError(sealed);
  const vantages = new Set(vantagesOf(checks));
  const gateways = new Map(planned.map(({ id, hosts }) => [id, hosts]));
  const leftOut = overlays.told(gateways);
  return {
    project: {
      sources,
      inventory,
      loaded,
      hosts: matchHosts(inventory, 'all').hosts.filter(({ name }) => chosen.has(name)),
      plays: planned,
      planPlays: () => planned,
      partners: [...new Set(outside.map(({ host }) => host))],
      vantages: [...vantages].flatMap((name) => inventory.hosts.get(name) ?? []),
      warnings: [
        ...request.settings.warnings,
        ...inventory.warnings,
        ...leftOutWarnings(leftOut, overlays, gateways, Date.now()),
      ],
      leftOut,
      // The plan holds them itself.
      extraVarNames: [],
      digests: wanted,
      render: (id, host) => {
        const today = rendered(id, host);
        if (today === undefined) throw new Error(`not in this run: ${id}, ${host}`);
        return today;
      },
    },
    objectionTo: (job, places, standing) => {
      const then = saved.get(keyOf(job));
      if (then === undefined) return outdated(job, 'the plan has no such host');
      if (standing === undefined) return ofInput(job, then, places);
      return ofStanding(job, then, standing, plan.takeOver, rendered(job.play, job.host)?.sets ?? []);
    },
  };
}

/** How the gateway stands is asked only where something would change: one that is as the plan wants it already needs nothing. */
function ofStanding(
  job: Job,
  then: SavedHost,
  standing: Standing,
  takeOver: boolean,
  sets: readonly DesiredSet[],
): Problem | undefined {
  const changed = changedParts(then.owned, digests(ownedParts({ standing, sets, takeOver })));
  return changed.length === 0
    ? undefined
    : outdated(job, `what is live there changed: ${changed.join('; ')}`);
}

function outdated({ host }: Job, why: string): Problem {
  return {
    code: 'plan-outdated',
    host,
    message: `the plan holds no more: ${why}`,
    remedy:
      'Nothing was changed on this gateway. Make a new plan, and look at it: sluice plan PLAYBOOK --out FILE.',
  };
}

function keyOf({ play, host }: Pick<SavedHost, 'play' | 'host'>): string {
  return JSON.stringify([play, host]);
}

function chosenHosts(
  plan: SavedPlan,
  inventory: PreparedProject['inventory'],
  limit: readonly LimitPart[] | undefined,
): ReadonlySet<string> {
  const names = new Set(plan.plays.flatMap(({ hosts }) => hosts));
  const gone = [...names].filter((name) => !inventory.hosts.has(name));
  if (gone.length > 0) {
    throw new ProblemsError([
      {
        code: 'plan-outdated',
        message: `the inventory has ${gone.slice(0, 5).join(', ')} no more, and the plan does`,
        remedy: 'Make a new plan: sluice plan PLAYBOOK --out FILE.',
      },
    ]);
  }
  if (limit === undefined) return names;
  const planned = matchHosts(inventory, 'all').hosts.filter(({ name }) => names.has(name));
  const { hosts, unmatched } = limitHosts(inventory, planned, limit);
  const problems = unmatched.map((part) => unknownPart(part, inventory));
  if (problems.length === 0 && hosts.length === 0) {
    problems.push({
      code: 'limit-matches-no-host',
      message: `--limit ${limit.map((part) => (typeof part === 'string' ? part : `the ${part.what}`)).join(',')} leaves no host of the plan`,
      remedy: `${emptyParts(limit)}The plan has ${[...names].slice(0, 10).join(', ')}.`,
    });
  }
  if (problems.length > 0) throw new ProblemsError(problems);
  return new Set(hosts.map(({ name }) => name));
}

function limitedPlay(
  play: SavedPlan['plays'][number],
  chosen: ReadonlySet<string>,
): PreparedProject['plays'] {
  const hosts = play.hosts.filter((host) => chosen.has(host));
  if (hosts.length === 0) return [];
  const waves = limitWaves(play.waves, (host) => chosen.has(host));
  const pairs = (play.pairs ?? []).filter((pair) => pair.some((host) => chosen.has(host)));
  // The digest says that this is what a sluice of the same format wrote.
  return [{ ...play, hosts, waves, pairs, policy: play.policy as unknown as RolloutPolicy }];
}

/** Without its files nobody can tell whether a plan still says what the project wants. */
async function findFiles(plan: SavedPlan, { cwd }: ProjectRequest): Promise<void> {
  const files = [plan.playbook, ...plan.inventories.filter((source) => !source.includes(','))];
  const found = await Promise.all(
    files.map((file) =>
      access(path.resolve(cwd, file)).then(
        () => [],
        () => [file],
      ),
    ),
  );
  const problems = found.flat().map(
    (file): Problem => ({
      code: 'plan-files-gone',
      file,
      message: 'the plan was made from this file, and it is not here',
      remedy: `A plan is compared with its files before it is applied. Run it where they are (it was made in ${plan.folder}), or make a new one.`,
    }),
  );
  if (problems.length > 0) throw new ProblemsError(problems);
}
