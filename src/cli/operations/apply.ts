import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { resolveHost } from '../../inventory/resolved-vars.ts';
import type { Journal } from '../../journal/journal.ts';
import { newRunId } from '../../journal/names.ts';
import { loadGatewayScripts } from '../../project/scripts.ts';
import type { Event, EventBody } from '../../rollout/events.ts';
import { rollout } from '../../rollout/rollout.ts';
import { createEmbeddedRuntime } from '../../runtime/embedded.ts';
import type { HostContext } from '../../runtime/host-context.ts';
import { runHostJob } from '../../runtime/host-job.ts';
import { createEventStream } from '../../runtime/stream.ts';
import { listHosts } from '../views/host-list.ts';
import { formatProblems } from '../views/problems.ts';
import type { View } from '../views/view.ts';
import { loadContests } from './contests.ts';
import { listenForInterrupts } from './interrupts.ts';
import { type PreparedProject, type ProjectRequest, prepareProject } from './prepare.ts';
import { createReach, operatorName, type Reach, type ReachFlags } from './reach.ts';
import { createRecorder } from './recorder.ts';
import { checkOutputs, createReports, type Output } from './reports.ts';
import { startRunJournal } from './run-journal.ts';
import { version } from './version.ts';

export type RunRequest = {
  readonly mode: 'apply' | 'plan' | 'drift';
  /** In `apply`: compare all hosts first, and change only those that drifted. */
  readonly onlyDrifted?: boolean;
  /** Files that are written at the end of the run. */
  readonly outputs?: readonly Output[];
  readonly project: ProjectRequest;
  readonly flags: ReachFlags;
  readonly forks: number;
  readonly takeOver: boolean;
  /** For the journal; holds no secrets. */
  readonly argv: readonly string[];
  readonly view: View;
};

export type RunEnd = {
  readonly exitCode: number;
  /** In `plan`: would any host change? */
  readonly wouldChange: boolean;
};

/**
 * Runs a playbook against the fleet, or asks what that would change.
 * @throws ProblemsError before anything is touched
 */
export async function runPlaybook(request: RunRequest): Promise<RunEnd> {
  const { mode, view } = request;
  await checkOutputs(request.outputs ?? []);
  const project = await prepareProject(request.project);
  const hosts = project.hosts.map((host) => resolveHost(project.inventory, host));
  const reach = await createReach(hosts, request.flags, request.project.vault, process.env);
  const scripts = await loadGatewayScripts();
  const run = newRunId(new Date(), () => randomBytes(4).toString('hex'));
  // A plan changes nothing and leaves nothing behind, here as there.
  const folder = path.join(request.project.cwd, '.sluice');
  const remembers = mode === 'drift' || request.onlyDrifted === true;
  const contestOf = remembers
    ? await loadContests(folder, project.plays, contestedAfterOf(project))
    : undefined;
  const journal =
    mode === 'plan' ? undefined : await startRunJournal(run, { command: mode, ...request }, project);
  const reports = createReports(request.outputs ?? []);
  let wouldChange = false;
  let runExit = 0;
  const watch = (event: Event) => {
    if (event.type === 'host.planned' && event.diff !== undefined) wouldChange = true;
    view.event(event);
  };
  const recorder = createRecorder(journal);
  const stream = createEventStream(run, () => new Date(), [recorder.append, watch, reports.observe]);

  const inFlight = new Set<string>();
  const interrupts = listenForInterrupts(
    (signal) => stream.emit({ type: 'interrupt.received', signal, inFlight: inFlight.size }),
    () => {
      view.close();
      process.stderr.write(leavingWords([...inFlight], journal?.folder));
      process.exit(130);
    },
  );
  const startedMs = performance.now();
  const totals = () => ({
    elapsedMs: Math.round(performance.now() - startedMs),
    connections: reach.connections(),
  });
  const context: HostContext = {
    scripts,
    owner: operatorName(),
    takeOver: request.takeOver,
    connectTimeoutMs: (request.flags.timeoutSeconds ?? 10) * 1000,
    dial: (host) => reach.dial(host),
    inputOf: ({ play, host }) => inputOf(project, reach, play, host),
    ...(contestOf === undefined ? {} : { contestOf }),
    emit: stream.emit,
    nameDiff: stream.nameDiff,
    keep: ({ host, token }, name, text) => recorder.keep(host, token, name, text),
    nowMs: () => performance.now(),
    pause: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
  };
  const runtime = createEmbeddedRuntime({
    forks: request.forks,
    runJob: async (job) => {
      inFlight.add(job.host);
      return runHostJob(job, context).finally(() => inFlight.delete(job.host));
    },
    emit: stream.emit,
    interruptedBy: () => interrupts.by() ?? (recorder.failure() === undefined ? undefined : 'the journal'),
    pause: (ms) => delay(ms),
    totals,
  });
  try {
    stream.emit(runStarted(request, project, journal));
    for (const problem of project.warnings) stream.emit({ type: 'warning', problem });
    const { exitCode } = await rollout(
      {
        run,
        mode,
        onlyDrifted: request.onlyDrifted ?? false,
        hosts: project.hosts.map(({ name }) => name),
        plays: project.plays,
      },
      runtime,
    );
    if (recorder.failure() !== undefined) throw recorder.failure();
    runExit = exitCode;
  } finally {
    interrupts.stopListening();
    reach.close();
    view.close();
    await journal?.close();
  }
  const unwritten = await reports.write();
  if (unwritten.length > 0) process.stderr.write(formatProblems(unwritten));
  return { exitCode: runExit || (unwritten.length > 0 ? 1 : 0), wouldChange };
}

function contestedAfterOf({ loaded }: PreparedProject): (play: string) => number {
  const plays = new Map(loaded.plays.map((play) => [play.id, play.contestedAfter]));
  return (play) => plays.get(play) ?? Number.POSITIVE_INFINITY;
}

/** The moment at which it matters most what becomes of the gateways that are left behind. */
function leavingWords(hosts: readonly string[], journal: string | undefined): string {
  const where = journal === undefined ? '' : ` Journal: ${journal}`;
  if (hosts.length === 0) return `Left at once.${where}\n`;
  const left = `Left at once, with ${listHosts(hosts)} in flight.`;
  return `${left} A change that isn't confirmed is taken back by its gateway within confirm_within.${where}\n`;
}

function inputOf(project: PreparedProject, reach: Reach, playId: string, host: string) {
  const { play, rulesets, sets, sysctls, checks } = project.render(playId, host);
  const { confirmWithinSeconds } = play.rollout;
  const { persist, conntrack } = play;
  const desired = { rulesets, sets, sysctls, persist, conntrack };
  return { desired, checks, confirmWithinSeconds, addresses: reach.addressesOf(host) };
}

function runStarted(
  { mode, project, forks }: RunRequest,
  { sources }: PreparedProject,
  journal: Journal | undefined,
): EventBody {
  return {
    type: 'run.started',
    command: mode,
    playbook: project.playbook,
    inventories: sources,
    operator: operatorName(),
    version,
    forks,
    journal: journal === undefined ? '' : path.relative(project.cwd, journal.folder),
  };
}
