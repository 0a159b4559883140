import { resolveHost } from '../../inventory/resolved-vars.ts';
import type { SavedPlan } from '../../plan/saved-plan.ts';
import type { HostContext } from '../../runtime/host-context.ts';
import type { View } from '../views/view.ts';
import { checkPlanPlace } from './plan-file.ts';
import { createPlanRecorder } from './plan-recorder.ts';
import { inputFrom, type PreparedProject, type ProjectRequest, prepareProject } from './prepare.ts';
import { prepareSavedPlan } from './prepare-saved.ts';
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
  readonly view: View;
  /** Where to save the plan. */
  readonly out?: string | undefined;
  /** The saved plan to apply: the project is what it was made from. */
  readonly savedPlan?: SavedPlan | undefined;
};

/**
 * Runs a playbook against the fleet, or asks what that would change.
 * @throws ProblemsError before anything is touched
 */
export async function runPlaybook(request: RunRequest): Promise<RunEnd> {
  const { mode, flags, forks, takeOver, view, out, savedPlan } = request;
  const { cwd, vault } = request.project;
  if (out !== undefined) await checkPlanPlace(out);
  const saved = savedPlan === undefined ? undefined : await prepareSavedPlan(savedPlan, request.project);
  const project = saved?.project ?? (await prepareProject(request.project));
  const plans = out === undefined ? undefined : createPlanRecorder(out, request.project, project, takeOver);
  const hosts = project.hosts.map((host) => resolveHost(project.inventory, host));
  const reach = await createReach(hosts, flags, vault, process.env);
  const connectTimeoutMs = (flags.timeoutSeconds ?? 10) * 1000;
  const hooks: Pick<HostContext, 'objectionTo' | 'planned'> = {
    ...(saved === undefined
      ? {}
      : { objectionTo: (job, standing) => saved.objectionTo(job, reach.placesOf(job.host), standing) }),
    ...(plans === undefined
      ? {}
      : {
          planned: (job, standing, change) => {
            const rendered = project.render(job.play, job.host);
            const input = { ...inputFrom(rendered), addresses: reach.addressesOf(job.host) };
            plans.planned(job, { ...input, places: reach.placesOf(job.host) }, standing, change);
          },
        }),
  };
  try {
    const run = preparedRun(project, request);
    const end = await runPrepared(run, { mode, reach, forks, takeOver, connectTimeoutMs, cwd, view, hooks });
    if (end.exitCode === 0) await plans?.save();
    return end;
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
    inputOf: (play, host) => inputFrom(project.render(play, host)),
    openJournal: (runId) => startRunJournal(runId, { command: 'apply', ...request }, project),
  };
}
