import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isJinja } from '../../inventory/jinja/is-jinja.ts';
import { resolveHost } from '../../inventory/resolved-vars.ts';
import { isPasswordName } from '../../inventory/secret-names.ts';
import { type Journal, openJournal } from '../../journal/journal.ts';
import { newRunId } from '../../journal/names.ts';
import { loadGatewayScripts } from '../../project/scripts.ts';
import type { Event, EventBody } from '../../rollout/events.ts';
import { rollout } from '../../rollout/rollout.ts';
import { createEmbeddedRuntime } from '../../runtime/embedded.ts';
import type { HostContext } from '../../runtime/host-context.ts';
import { runHostJob } from '../../runtime/host-job.ts';
import { createEventStream } from '../../runtime/stream.ts';
import { listHosts } from '../views/host-list.ts';
import type { View } from '../views/view.ts';
import { listenForInterrupts } from './interrupts.ts';
import { type PreparedProject, type ProjectRequest, prepareProject } from './prepare.ts';
import { createReach, operatorName, type Reach, type ReachFlags } from './reach.ts';
import { createRecorder } from './recorder.ts';
import { version } from './version.ts';

export type RunRequest = {
  readonly mode: 'apply' | 'plan';
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
  const project = await prepareProject(request.project);
  const hosts = project.hosts.map((host) => resolveHost(project.inventory, host));
  const reach = await createReach(hosts, request.flags, request.project.vault, process.env);
  const scripts = await loadGatewayScripts();
  const run = newRunId(new Date(), () => randomBytes(4).toString('hex'));
  // A plan changes nothing and leaves nothing behind, here as there.
  const journal = mode === 'plan' ? undefined : await startJournal(run, request, project);
  let wouldChange = false;
  const watch = (event: Event) => {
    if (event.type === 'host.planned' && event.diff !== undefined) wouldChange = true;
    view.event(event);
  };
  const recorder = createRecorder(journal);
  const stream = createEventStream(run, () => new Date(), [recorder.append, watch]);

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
      { run, mode, hosts: project.hosts.map(({ name }) => name), plays: project.plays },
      runtime,
    );
    if (recorder.failure() !== undefined) throw recorder.failure();
    return { exitCode, wouldChange };
  } finally {
    interrupts.stopListening();
    reach.close();
    view.close();
    await journal?.close();
  }
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

/**
 * A file that sets a password is not kept, as how it is written there may differ from how it is typed; nor is one that holds a
 * password under another name, from which a constructed file composes it.
 */
function withoutPasswords(content: Buffer, passwords: ReadonlySet<string>): Buffer {
  const named = /ansible_\w*pass(word|phrase)?\b/.exec(content.toString('latin1'))?.[0];
  if (named !== undefined) return Buffer.from(`# Not kept in the journal: it sets ${named}.\n`);
  const isTold = [...passwords].some((password) => content.includes(password));
  return isTold ? Buffer.from('# Not kept in the journal: it holds a password.\n') : content;
}

/** The passwords of hosts that the inventory has in plain text. */
function plainPasswords({ hosts }: PreparedProject): ReadonlySet<string> {
  const written = hosts.flatMap(({ vars }) =>
    Object.entries(vars).flatMap(([name, value]) => (isPasswordName(name) ? [value] : [])),
  );
  const texts = written.filter((value) => typeof value === 'string' || typeof value === 'number');
  return new Set(texts.map(String).filter((text) => text !== ''));
}

/** The name of a password that is a template: what it refers to may be written anywhere in the inventory, under any name. */
function referringPassword({ hosts }: PreparedProject): string | undefined {
  const names = hosts.flatMap(({ vars }) => Object.keys(vars).filter((name) => isJinja(vars[name] ?? null)));
  return names.find(isPasswordName);
}

async function startJournal(
  runId: string,
  { project, argv }: RunRequest,
  prepared: PreparedProject,
): Promise<Journal> {
  const { sources, loaded } = prepared;
  const referring = referringPassword(prepared);
  const passwords = plainPasswords(prepared);
  const files = [project.playbook, ...[...loaded.templates.values()].map(({ file }) => file), ...sources];
  const inputs = await Promise.all(
    [...new Set(files)].map(async (file) => {
      // Inline lists and directories are named in run.json; their files are not copied.
      const content = await readFile(path.resolve(project.cwd, file)).catch(() => undefined);
      if (content === undefined) return [];
      if (referring === undefined || !sources.includes(file))
        return [{ path: file, content: withoutPasswords(content, passwords) }];
      return [
        {
          path: file,
          content: Buffer.from(`# Not kept in the journal: ${referring} refers to other variables.\n`),
        },
      ];
    }),
  );
  return openJournal({
    folder: path.join(project.cwd, '.sluice'),
    runId,
    run: {
      command: 'apply',
      argv,
      playbook: project.playbook,
      inventories: sources,
      operator: operatorName(),
      version,
    },
    inputs: inputs.flat(),
  });
}
