import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Journal } from '../../journal/journal.ts';
import { newRunId } from '../../journal/names.ts';
import type { Problem } from '../../problem.ts';
import { loadGatewayScripts } from '../../project/scripts.ts';
import type { Event, EventBody, LintedLine } from '../../rollout/events.ts';
import type { PlannedPlay } from '../../rollout/plan.ts';
import { Questions } from '../../rollout/questions.ts';
import { rollout } from '../../rollout/rollout.ts';
import { watchAbsence } from '../../runtime/absence.ts';
import { createEmbeddedRuntime } from '../../runtime/embedded.ts';
import type { HostContext, HostInput } from '../../runtime/host-context.ts';
import { runHostJob } from '../../runtime/host-job.ts';
import { recordingOf } from '../../runtime/recording.ts';
import { resumedRuntime } from '../../runtime/replay.ts';
import { seenBeforeIn } from '../../runtime/seen-before.ts';
import { begunIn } from '../../runtime/settle-begun.ts';
import { createEventStream } from '../../runtime/stream.ts';
import { createVantages } from '../../runtime/vantages.ts';
import { pause } from '../../ssh/limit.ts';
import { collectorAfter } from '../heap.ts';
import { listHosts } from '../views/host-list.ts';
import type { View } from '../views/view.ts';
import { answerTo } from './approval.ts';
import type { FleetLock } from './fleet-lock.ts';
import { listenForInterrupts } from './interrupts.ts';
import { behindAmong } from './jumps.ts';
import { operatorName, type Reach } from './reach.ts';
import { createRecorder } from './recorder.ts';
import { version } from './version.ts';

/** Up to so many looks at hosts and changes of them, nothing is spent on it; of more, each takes 1 ms of CPU for it. */
const jobsPerCollection = 64;

/** Everything that a run needs to know of what it shall do, wherever that comes from: a playbook, a saved plan, the journal. */
export type PreparedRun = {
  readonly command: Extract<EventBody, { type: 'run.started' }>['command'];
  /** As the user named it; for what has no playbook, what stands in its place. */
  readonly playbook: string;
  /** Of a rollback: the run whose end it goes back to. */
  readonly to?: string;
  readonly inventories: readonly string[];
  /** Names of the hosts of any play, in the order of the inventory. */
  readonly hosts: readonly string[];
  readonly plays: readonly PlannedPlay[];
  readonly warnings: readonly Problem[];
  /** Known mistakes in its rules. */
  readonly lint?: readonly LintedLine[];
  /** Asked anew for each attempt: a thousand rule sets need not stay in memory. */
  inputOf(play: string, host: string): Omit<HostInput, 'addresses'>;
  /** What a host must pass that is only looked at; none where nobody can tell. */
  checksOf(play: string, host: string): HostInput['checks'];
  /** Of a run that had stopped and goes on: its name, and what was told of it. */
  readonly earlier?: { readonly run: string; readonly events: readonly Event[] };
  /** Opens the journal of the run; not asked in mode `plan`, which leaves nothing behind. */
  openJournal(runId: string): Promise<Journal>;
};

/** How a prepared run is carried out. */
export type RunTerms = {
  readonly mode: 'apply' | 'plan' | 'drift' | 'verify';
  /** In `apply`: compare all hosts first, and change only those that drifted. */
  readonly onlyDrifted?: boolean;
  /** A further reader of the events. */
  readonly read?: (event: Event) => void;
  /** Of all hosts of the run; whoever made it closes it. */
  readonly reach: Reach;
  readonly forks: number;
  readonly takeOver: boolean;
  readonly connectTimeoutMs: number;
  /** How long to wait for a gateway's lock that another holds. */
  readonly lockWaitMs?: number;
  /** Of the inventory; whoever took it releases it. */
  readonly lock?: FleetLock | undefined;
  readonly cwd: string;
  readonly view: View;
  /** A person at the terminal is asked where the run pauses. Default false: the run waits then. */
  readonly isAttended?: boolean;
  /** What a saved plan has to say, what saves one, and what earlier runs remember of gateways that drift again and again. */
  readonly hooks?: Pick<HostContext, 'objectionTo' | 'planned' | 'contestOf'>;
};

export type RunEnd = {
  readonly exitCode: number;
  /** In `plan`: would any host change? */
  readonly wouldChange: boolean;
};

/**
 * Carries a prepared run out: the rollout on this very process, its events to the journal and the view.
 * @throws ProblemsError when the journal can't be written; those in flight have come to their end by then
 */
export async function runPrepared(prepared: PreparedRun, terms: RunTerms): Promise<RunEnd> {
  const { mode, view, reach } = terms;
  const scripts = await loadGatewayScripts();
  const { earlier } = prepared;
  const told = earlier?.events ?? [];
  const run = earlier?.run ?? newRunId(new Date(), () => randomBytes(3).toString('hex'));
  terms.lock?.nameRun(run);
  // A plan changes nothing and leaves nothing behind, here as there.
  const journal = mode === 'plan' ? undefined : await prepared.openJournal(run);
  let wouldChange = false;
  const questions = new Questions();
  for (const event of told) questions.observe(event);
  const watch = (event: Event) => {
    questions.observe(event);
    if (event.type === 'host.planned' && event.diff !== undefined) wouldChange = true;
    view.event(event);
  };
  const recorder = createRecorder(journal);
  const read = terms.read ?? (() => undefined);
  const stream = createEventStream(run, () => new Date(), [recorder.append, watch, read], told);

  const inFlight = new Set<string>();
  const collect = collectorAfter(jobsPerCollection);
  const interrupts = listenForInterrupts(
    (signal) => stream.emit({ type: 'interrupt.received', signal, inFlight: inFlight.size }),
    () => {
      view.close();
      process.stderr.write(leavingWords([...inFlight], journal?.folder));
      process.exit(130);
    },
  );
  const absence = watchAbsence(
    () => Date.now(),
    () => performance.now(),
  );
  const startedMs = performance.now();
  const before = told.findLast((event) => event.type === 'run.finished');
  const totals = () => ({
    elapsedMs: (before?.elapsedMs ?? 0) + Math.round(performance.now() - startedMs),
    connections: (before?.connections ?? 0) + reach.connections(),
  });
  const vantages = createVantages((host) => reach.dial(host), terms.forks);
  const renew = (host: string) => {
    reach.renew(host);
    vantages.renew((vantage) => reach.isThrough(vantage, host));
  };
  const context: HostContext = {
    scripts,
    owner: operatorName(),
    takeOver: terms.takeOver,
    connectTimeoutMs: terms.connectTimeoutMs,
    dial: (host) => reach.dial(host),
    inputOf: ({ play, host }) => ({ ...prepared.inputOf(play, host), addresses: reach.addressesOf(host) }),
    checksOf: prepared.checksOf,
    vantages,
    renew,
    behind: behindAmong(prepared.hosts, reach.jumpsOf),
    seenBefore: seenBeforeIn(told),
    ...terms.hooks,
    ...(earlier === undefined ? {} : { begun: begunIn(told, () => Date.now()) }),
    emit: stream.emit,
    nameDiff: stream.nameDiff,
    keep: ({ host, token }, name, text) => recorder.keep(host, token, name, text),
    lockWaitMs: terms.lockWaitMs ?? 0,
    isStopped: () => interrupts.by() !== undefined,
    nowMs: () => performance.now(),
    wasAwaySince: absence.isSince,
    pause,
  };
  const live = createEmbeddedRuntime({
    forks: terms.forks,
    runJob: async (job) => {
      inFlight.add(job.host);
      try {
        return await runHostJob(job, context);
      } finally {
        inFlight.delete(job.host);
        // Its rules may be others now: a connection through it that stood before would prove nothing.
        if (job.kind === 'apply' || job.kind === 'undo') renew(job.host);
        collect();
      }
    },
    emit: stream.emit,
    interruptedBy: () => interrupts.by() ?? (recorder.failure() === undefined ? undefined : 'the journal'),
    pause: interrupts.unlessInterrupted,
    answerTo: async (question) => {
      if (journal === undefined) return undefined;
      const { folder } = journal;
      const isAttended = terms.isAttended ?? false;
      const pause = questions.open?.pause ?? 1;
      return answerTo(question, { folder, pause, isAttended, interrupts, emit: stream.emit });
    },
    totals,
  });
  const recording = recordingOf(told);
  const msUntil = (time: string) => Date.parse(time) - Date.now();
  const runtime =
    earlier === undefined
      ? live
      : resumedRuntime(recording, live, { msUntil, pause: interrupts.unlessInterrupted });
  try {
    for (const event of told.filter(isStory)) {
      view.event(event);
      read(event);
    }
    if (earlier === undefined) stream.emit(runStarted(prepared, terms, journal));
    else stream.emit({ type: 'run.resumed', operator: operatorName(), version });
    for (const problem of prepared.warnings) runtime.emit({ type: 'warning', problem });
    const findings = earlier === undefined ? (prepared.lint ?? []) : [];
    if (findings.length > 0) runtime.emit({ type: 'lint.found', findings });
    const { hosts, plays } = prepared;
    const { exitCode } = await rollout(
      { run, mode, onlyDrifted: terms.onlyDrifted ?? false, hosts, plays },
      runtime,
    );
    if (recorder.failure() !== undefined) throw recorder.failure();
    return { exitCode, wouldChange };
  } finally {
    absence.stop();
    interrupts.stopListening();
    vantages.close();
    view.close();
    await journal?.close();
  }
}

/** How its earlier processes ended is no part of the story that goes on. */
function isStory({ type }: Event): boolean {
  return type !== 'run.finished' && type !== 'interrupt.received';
}

/** The moment at which it matters most what becomes of the gateways that are left behind. */
function leavingWords(hosts: readonly string[], journal: string | undefined): string {
  const where = journal === undefined ? '' : ` Journal: ${journal}`;
  if (hosts.length === 0) return `Left at once.${where}\n`;
  const left = `Left at once, with ${listHosts(hosts)} in flight.`;
  return `${left} A change that isn't confirmed is taken back by its gateway within confirm_within.${where}\n`;
}

function runStarted(
  { command, playbook, inventories, to }: PreparedRun,
  { mode, forks, cwd }: RunTerms,
  journal: Journal | undefined,
): EventBody {
  return {
    type: 'run.started',
    command: mode === 'plan' ? 'plan' : command,
    playbook,
    inventories,
    operator: operatorName(),
    version,
    forks,
    journal: journal === undefined ? '' : path.relative(cwd, journal.folder),
    ...(to === undefined ? {} : { to }),
  };
}
