import path from 'node:path';
import { resolveHost } from '../../inventory/resolved-vars.ts';
import { createNotifier, type Notifier } from '../../notify/notifier.ts';
import type { SavedPlan } from '../../plan/saved-plan.ts';
import type { Play } from '../../playbook/model.ts';
import { ProblemsError } from '../../problem.ts';
import { inventorySources } from '../../project/inventory-sources.ts';
import type { Event, LintedLine } from '../../rollout/events.ts';
import type { HostContext } from '../../runtime/host-context.ts';
import { pause } from '../../ssh/limit.ts';
import { listHosts } from '../views/host-list.ts';
import { formatProblems } from '../views/problems.ts';
import type { View } from '../views/view.ts';
import { formatWarning } from '../warning.ts';
import { loadContests } from './contests.ts';
import { type FleetLock, lockFleet } from './fleet-lock.ts';
import { checkPlanPlace } from './plan-file.ts';
import { createPlanRecorder, type PlanRecorder } from './plan-recorder.ts';
import { inputFrom, type PreparedProject, type ProjectRequest, prepareProject } from './prepare.ts';
import { type PreparedPlan, prepareSavedPlan } from './prepare-saved.ts';
import { createProjectLint, linted } from './project-lint.ts';
import { createReach, type Reach, type ReachFlags } from './reach.ts';
import { checkOutputs, createReports, type Output } from './reports.ts';
import type { ResumedRun } from './resume.ts';
import type { Probe } from './resume-network.ts';
import { resumeRecordOf } from './resume-record.ts';
import { type PreparedRun, type RunEnd, runPrepared } from './run.ts';
import { startRunJournal } from './run-journal.ts';
import { loadSubscribers } from './subscribers.ts';

export type RunRequest = {
  readonly mode: 'apply' | 'plan' | 'drift' | 'verify';
  /** In `apply`: compare all hosts first, and change only those that drifted. */
  readonly onlyDrifted: boolean;
  /** Files that are written at the end of the run. */
  readonly outputs: readonly Output[];
  readonly project: ProjectRequest;
  readonly flags: ReachFlags;
  readonly forks: number;
  readonly takeOver: boolean;
  /** How long to wait for another run's lock, of the inventory or a gateway. */
  readonly lockWaitMs?: number;
  /** Nobody is asked where the run pauses: its output is for a program. */
  readonly isUnattended: boolean;
  /** For the journal; holds no secrets. */
  readonly argv: readonly string[];
  /** Why, in the operator's words. */
  readonly reason?: string | undefined;
  readonly view: View;
  /** Where to save the plan. */
  readonly out?: string | undefined;
  /** The saved plan to apply: the project is what it was made from. */
  readonly savedPlan?: SavedPlan | undefined;
  /** The file that it is in. */
  readonly planFile?: string | undefined;
  /** The run that goes on; without it, a new one begins. */
  readonly resumed?: ResumedRun;
};

/**
 * Runs a playbook against the fleet, or asks what that would change.
 * @throws ProblemsError before anything is touched
 */
export async function runPlaybook(request: RunRequest): Promise<RunEnd> {
  await checkOutputs(request.outputs);
  if (request.out !== undefined) await checkPlanPlace(request.out);
  const sources = await readSources(request);
  if (request.mode !== 'apply') return runOn(request, sources, undefined);
  // What can't be run leaves nothing behind, no lock either; and no gateway is looked at before it is taken.
  const lock = await lockFor(request);
  try {
    // While it was waited for, files may have changed.
    const current = (request.lockWaitMs ?? 0) > 0 ? await readSources(request) : sources;
    return await runOn(request, current, lock);
  } finally {
    lock.release();
  }
}

/** What a run is made of, from files alone. */
type Sources = {
  readonly saved: PreparedPlan | undefined;
  readonly project: PreparedProject;
  /** What a saved plan does was linted when it was made. */
  readonly lint: readonly LintedLine[];
};

async function readSources({ project: named, savedPlan, mode }: RunRequest): Promise<Sources> {
  if (savedPlan !== undefined) {
    const saved = await prepareSavedPlan(savedPlan, named);
    return { saved, project: saved.project, lint: [] };
  }
  if (mode === 'drift') return { saved: undefined, project: await prepareProject(named), lint: [] };
  const lint = createProjectLint();
  const project = await prepareProject(named, lint.look);
  return { saved: undefined, project, lint: linted(lint.result(project.loaded.templates, false).findings) };
}

async function lockFor({ project, lockWaitMs = 0 }: RunRequest): Promise<FleetLock> {
  const { playbook, inventory, settings, cwd } = project;
  const sources = await inventorySources({ named: inventory, settings: settings.settings, cwd });
  return lockFleet({ cwd, sources, doing: `apply ${playbook}`, waitMs: lockWaitMs });
}

async function runOn(
  request: RunRequest,
  { saved, project, lint }: Sources,
  lock: FleetLock | undefined,
): Promise<RunEnd> {
  const { mode, onlyDrifted, outputs, flags, forks, takeOver, view, out, resumed } = request;
  const { cwd, vault } = request.project;
  await resumed?.check(project);
  const plans = out === undefined ? undefined : createPlanRecorder(out, request.project, project, takeOver);
  const concerned = [
    ...new Set([
      ...project.hosts,
      ...project.partners,
      ...project.vantages,
      ...(resumed?.hostsOf(project) ?? []),
    ]),
  ];
  const hosts = concerned.map((host) => resolveHost(project.inventory, host));
  const reach = await createReach(hosts, flags, vault, process.env);
  const connectTimeoutMs = (flags.timeoutSeconds ?? 10) * 1000;
  try {
    await resumed?.checkPlaces(project, reach.placesOf);
    if (resumed !== undefined) {
      lock?.nameRun(resumed.run);
      await resumed.checkNetwork(probeOf(reach, forks));
    }
    const plays = resumed?.record.plays ?? project.planPlays(reach.jumpsOf);
    const run = { ...preparedRun(project, plays, request, { lock, reach }), lint };
    const hooks = {
      ...planHooks(project, reach, saved, plans),
      ...(mode === 'drift' || onlyDrifted ? { contestOf: await contestsOf(project, cwd) } : {}),
    };
    const reports = createReports(outputs);
    const { lockWaitMs = 0 } = request;
    const how = {
      mode,
      onlyDrifted,
      reach,
      forks,
      takeOver,
      connectTimeoutMs,
      lockWaitMs,
      lock,
      cwd,
      view,
      hooks,
      isAttended: !request.isUnattended,
    };
    const notifier = await notifierOf(request, project);
    const toldUpTo = resumed?.events.at(-1)?.seq ?? 0;
    const read = (event: Event) => {
      reports.observe(event);
      if (event.seq > toldUpTo) notifier?.observe(event);
      else notifier?.remember(event);
    };
    const end = await runPrepared(run, { ...how, read }).finally(() => settleNotices(notifier));
    if (end.exitCode === 0) await plans?.save(run.plays);
    const unwritten = await reports.write();
    if (unwritten.length > 0) process.stderr.write(formatProblems(unwritten));
    return { ...end, exitCode: end.exitCode || (unwritten.length > 0 ? 1 : 0) };
  } finally {
    reach.close();
  }
}

function probeOf({ dial }: Reach, forks: number): Probe {
  return {
    dial,
    forks,
    pause,
    nowMs: () => Date.now(),
    elapsedMs: () => performance.now(),
    onWait: (hosts, ms) => {
      const what = `rules may be on trial on ${listHosts(hosts)}, so all are asked for up to ${Math.ceil(ms / 1000)} s`;
      process.stderr.write(`sluice: nobody answers; ${what}\n`);
    },
  };
}

function preparedRun(
  project: PreparedProject,
  plays: PreparedRun['plays'],
  request: RunRequest,
  { lock, reach }: { readonly lock: FleetLock | undefined; readonly reach: Reach },
): PreparedRun {
  const { resumed } = request;
  const resume =
    request.mode === 'apply' ? { resume: resumeRecordOf(request, project, plays, reach.placesOf) } : {};
  return {
    ...(resumed === undefined ? {} : { earlier: resumed }),
    command: request.mode,
    playbook: request.project.playbook,
    inventories: project.sources,
    hosts: resumed?.record.hosts ?? project.hosts.map(({ name }) => name),
    plays,
    warnings: project.warnings,
    inputOf: (play, host) => inputFrom(project.render(play, host)),
    checksOf: (play, host) => inputFrom(project.render(play, host)).checks,
    openJournal: async (runId) => {
      const again = await resumed?.openJournal();
      if (again !== undefined) return again;
      const known = { command: request.mode, ...request, ...resume, lock: lock?.record };
      return startRunJournal(runId, known, { ...project, plays });
    },
  };
}

function chosenPlays({ loaded, plays }: PreparedProject): readonly Play[] {
  const chosen = new Set(plays.map(({ id }) => id));
  return loaded.plays.filter(({ id }) => chosen.has(id));
}

/** @throws ProblemsError where somebody who is to be told of a new run can't be */
async function notifierOf(
  { mode, resumed, project: { vault, settings } }: RunRequest,
  project: PreparedProject,
): Promise<Notifier | undefined> {
  if (mode === 'plan') return undefined;
  const { subscribers, problems } = await loadSubscribers(
    chosenPlays(project),
    settings.settings.notify.value || undefined,
    { vault, env: process.env },
  );
  if (problems.length > 0 && resumed === undefined) throw new ProblemsError(problems);
  // Whoever goes on with a run, or takes it back, need not have the keys of those who are told.
  for (const problem of problems) process.stderr.write(formatWarning(problem));
  return createNotifier(subscribers);
}

/** A message that did not arrive changes nothing of how the run ended. */
async function settleNotices(notifier: Notifier | undefined): Promise<void> {
  for (const problem of (await notifier?.settle()) ?? []) process.stderr.write(formatWarning(problem));
}

/** What a saved plan has to say, and what saves one. */
function planHooks(
  project: PreparedProject,
  reach: Reach,
  saved: PreparedPlan | undefined,
  plans: PlanRecorder | undefined,
): Pick<HostContext, 'objectionTo' | 'planned'> {
  return {
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
}

/** What the journal of this project remembers of gateways that drift again and again. */
function contestsOf({ loaded, plays }: PreparedProject, cwd: string) {
  const after = new Map(loaded.plays.map((play) => [play.id, play.contestedAfter]));
  return loadContests(
    path.join(cwd, '.sluice'),
    plays,
    (play) => after.get(play) ?? Number.POSITIVE_INFINITY,
  );
}
