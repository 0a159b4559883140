import { resolveHost } from '../../inventory/resolved-vars.ts';
import type { HostInput } from '../../runtime/host-context.ts';
import type { View } from '../views/view.ts';
import { type PreparedProject, type ProjectRequest, prepareProject } from './prepare.ts';
import { createReach, type ReachFlags } from './reach.ts';
import { type PreparedRun, type RunEnd, runPrepared } from './run.ts';
import { startRunJournal } from './run-journal.ts';

export type RunRequest = {
  readonly mode: 'apply' | 'plan';
  readonly project: ProjectRequest;
  readonly flags: ReachFlags;
  readonly forks: number;
  readonly takeOver: boolean;
  /** For the journal; holds no secrets. */
  readonly argv: readonly string[];
  /** Why, in the operator's words. */
  readonly reason?: string | undefined;
  readonly view: View;
};

/**
 * Runs a playbook against the fleet, or asks what that would change.
 * @throws ProblemsError before anything is touched
 */
export async function runPlaybook(request: RunRequest): Promise<RunEnd> {
  const { mode, flags, forks, takeOver, view } = request;
  const { cwd, vault } = request.project;
  const project = await prepareProject(request.project);
  const hosts = project.hosts.map((host) => resolveHost(project.inventory, host));
  const reach = await createReach(hosts, flags, vault, process.env);
  const connectTimeoutMs = (flags.timeoutSeconds ?? 10) * 1000;
  try {
    const run = preparedRun(project, request);
    return await runPrepared(run, { mode, reach, forks, takeOver, connectTimeoutMs, cwd, view });
  } finally {
    reach.close();
  }
}

function preparedRun(project: PreparedProject, request: RunRequest): PreparedRun {
  return {
    command: 'apply',
    playbook: request.project.playbook,
    inventories: project.sources,
    hosts: project.hosts.map(({ name }) => name),
    plays: project.plays,
    warnings: project.warnings,
    inputOf: (play, host) => inputOf(project, play, host),
    openJournal: (runId) => startRunJournal(runId, { command: 'apply', ...request }, project),
  };
}

function inputOf(project: PreparedProject, playId: string, host: string): Omit<HostInput, 'addresses'> {
  const { play, rulesets, sets, sysctls, checks } = project.render(playId, host);
  const { confirmWithinSeconds } = play.rollout;
  const { persist, conntrack } = play;
  return { desired: { rulesets, sets, sysctls, persist, conntrack }, checks, confirmWithinSeconds };
}
