import path from 'node:path';
import { resolveHost } from '../../inventory/resolved-vars.ts';
import type { HostInput } from '../../runtime/host-context.ts';
import { formatProblems } from '../views/problems.ts';
import type { View } from '../views/view.ts';
import { loadContests } from './contests.ts';
import { type PreparedProject, type ProjectRequest, prepareProject } from './prepare.ts';
import { createReach, type ReachFlags } from './reach.ts';
import { checkOutputs, createReports, type Output } from './reports.ts';
import { type PreparedRun, type RunEnd, runPrepared } from './run.ts';
import { startRunJournal } from './run-journal.ts';

export type RunRequest = {
  readonly mode: 'apply' | 'plan' | 'drift';
  /** In `apply`: compare all hosts first, and change only those that drifted. */
  readonly onlyDrifted: boolean;
  /** Files that are written at the end of the run. */
  readonly outputs: readonly Output[];
  readonly project: ProjectRequest;
  readonly flags: ReachFlags;
  readonly forks: number;
  readonly takeOver: boolean;
  /** For the journal; holds no secrets. */
  readonly argv: readonly string[];
  readonly view: View;
};

/**
 * Runs a playbook against the fleet, or asks what that would change.
 * @throws ProblemsError before anything is touched
 */
export async function runPlaybook(request: RunRequest): Promise<RunEnd> {
  const { mode, onlyDrifted, outputs, flags, forks, takeOver, view } = request;
  await checkOutputs(outputs);
  const { cwd, vault } = request.project;
  const project = await prepareProject(request.project);
  const hosts = project.hosts.map((host) => resolveHost(project.inventory, host));
  const reach = await createReach(hosts, flags, vault, process.env);
  const connectTimeoutMs = (flags.timeoutSeconds ?? 10) * 1000;
  try {
    const run = preparedRun(project, request);
    const contestOf =
      mode === 'drift' || onlyDrifted
        ? await loadContests(path.join(cwd, '.sluice'), project.plays, contestedAfterOf(project))
        : undefined;
    const reports = createReports(outputs);
    const how = { mode, onlyDrifted, reach, forks, takeOver, connectTimeoutMs, cwd, view };
    const end = await runPrepared(run, { ...how, contestOf, read: reports.observe });
    const unwritten = await reports.write();
    if (unwritten.length > 0) process.stderr.write(formatProblems(unwritten));
    return { ...end, exitCode: end.exitCode || (unwritten.length > 0 ? 1 : 0) };
  } finally {
    reach.close();
  }
}

function preparedRun(project: PreparedProject, request: RunRequest): PreparedRun {
  return {
    command: request.mode,
    playbook: request.project.playbook,
    inventories: project.sources,
    hosts: project.hosts.map(({ name }) => name),
    plays: project.plays,
    warnings: project.warnings,
    inputOf: (play, host) => inputOf(project, play, host),
    openJournal: (runId) => startRunJournal(runId, { command: request.mode, ...request }, project),
  };
}

function contestedAfterOf({ loaded }: PreparedProject): (play: string) => number {
  const plays = new Map(loaded.plays.map((play) => [play.id, play.contestedAfter]));
  return (play) => plays.get(play) ?? Number.POSITIVE_INFINITY;
}

function inputOf(project: PreparedProject, playId: string, host: string): Omit<HostInput, 'addresses'> {
  const { play, rulesets, sets, sysctls, checks } = project.render(playId, host);
  const { confirmWithinSeconds } = play.rollout;
  const { persist, conntrack } = play;
  return { desired: { rulesets, sets, sysctls, persist, conntrack }, checks, confirmWithinSeconds };
}
