import type { Refusal } from '../gateway/asking.ts';
import { refusalProblem } from '../gateway/refusals.ts';
import {
  confirmTransaction,
  type Prepared,
  rollbackTransaction,
  type Trial,
} from '../gateway/transaction.ts';
import type { Problem } from '../problem.ts';
import type { Remote } from '../remote.ts';
import type { Outcome } from '../rollout/outcome.ts';
import type { Job } from '../rollout/runtime.ts';
import { checkAfterUndo } from './after-undo.ts';
import { cutOffBehind } from './behind.ts';
import { type HostContext, type HostInput, refOf } from './host-context.ts';
import { answerWithin, callOff, isPrepared, isTooLate, settle, trialOutcome, type Window } from './settle.ts';
import { connectAfresh, observeChecks } from './verify.ts';

/** The controller stops trying to confirm this long before the gateway's deadline. */
const marginMs = 3_000;
/** How long the gateway may take to apply before we ask it over another connection how it stands. */
const applyMs = 15_000;
/** How long a rollback on request may take: restore, compare, two seconds, compare. */
const rollbackMs = 20_000;

/**
 * Steps 2 to 5: arm and apply, prove the change over a fresh connection, then confirm it or take it back. If we die
 * anywhere in here, the gateway takes the change back at its own deadline.
 * @param behind hosts that could be reached through this one before
 */
export async function runTrial(
  job: Job,
  input: HostInput,
  first: Remote,
  prepared: Prepared,
  behind: readonly string[],
  context: HostContext,
): Promise<Outcome> {
  const startedMs = context.nowMs();
  const endsAtMs = startedMs + input.confirmWithinSeconds * 1000;
  const window: Window = { startedMs, endsAtMs };
  // Written before the word is given, so that whoever reads the journal after a crash knows that it may be armed.
  context.emit({ type: 'host.armed', ...refOf(job), deadlineSeconds: input.confirmWithinSeconds });
  const answer = await answerWithin(Math.min(applyMs, endsAtMs - startedMs), prepared.go(), context);
  if (answer.kind === 'refused') {
    const problem = refusalProblem(job.host, firstOf(answer.refusals), input.desired);
    return { host: job.host, attempt: job.attempt, kind: 'failed', problem };
  }
  const isEnough = (trial: Trial) => isApplied(trial) || (isPrepared(trial) && context.nowMs() >= endsAtMs);
  const settled = isApplied(answer) ? answer : await settle(job, context, endsAtMs, isEnough);
  const applied = isPrepared(settled) ? await callOff(job, context) : settled;
  if (isPrepared(settled) && applied.kind === 'state' && applied.state === 'cancelled')
    return { host: job.host, attempt: job.attempt, kind: 'interrupted', problem: notBegun(job) };
  if (applied.kind !== 'state' || applied.state !== 'applied') {
    return trialOutcome(job, applied, 'the rules could not be applied', window, context);
  }
  context.emit({ type: 'host.applied', ...refOf(job), elapsedMs: Math.round(context.nowMs() - startedMs) });
  context.renew(job.host);
  return prove(job, input, first, window, behind, context);
}

function notBegun({ host }: Job): Problem {
  return {
    code: 'not-begun',
    host,
    message:
      'the gateway never heard the word to apply, as the connection was lost, and was told over another one to let it be: nothing was changed',
    remedy: 'It is tried again, as far as attempts go.',
  };
}

/** Steps 3 and 4 over a second connection. */
async function prove(
  job: Job,
  input: HostInput,
  first: Remote,
  window: Window,
  behind: readonly string[],
  context: HostContext,
): Promise<Outcome> {
  const confirmByMs = window.endsAtMs - marginMs;
  const fresh = await connectAfresh(job, input, first, confirmByMs, context);
  if (fresh.kind === 'failed') return takeBack(job, first, window, fresh.problem, context);
  const { remote } = fresh;
  try {
    const cutOff = await cutOffBehind(job, behind, context);
    if (cutOff !== undefined) return await takeBack(job, remote, window, cutOff, context);
    if (job.kind === 'undo') {
      const outcome = await confirm(job, input, remote, window, context);
      if (outcome.kind === 'changed') await checkAfterUndo(job, input, remote, context);
      return outcome;
    }
    const problem = await observeChecks(job, input, remote, confirmByMs, context);
    if (problem !== undefined) return await takeBack(job, remote, window, problem, context);
    return await confirm(job, input, remote, window, context);
  } finally {
    remote.close();
  }
}

async function confirm(
  job: Job,
  input: HostInput,
  remote: Remote,
  window: Window,
  context: HostContext,
): Promise<Outcome> {
  const { endsAtMs } = window;
  const inTime = (asked: Promise<Trial>) => answerWithin(endsAtMs - context.nowMs(), asked, context);
  let answer = await inTime(confirmTransaction(remote, context.scripts, job.token));
  if (isStale(answer)) answer = await inTime(confirmOverAnother(job, remote, context));
  if (answer.kind !== 'refused' && !isOver(answer)) answer = await settle(job, context, endsAtMs, isOver);
  if (answer.kind === 'refused') {
    return takeBack(
      job,
      remote,
      window,
      refusalProblem(job.host, firstOf(answer.refusals), input.desired),
      context,
    );
  }
  // Its guard may have acted, too: that is a failure like any other.
  if (answer.kind === 'state' && isTooLate(answer)) {
    context.emit({
      type: 'host.rolledBack',
      ...refOf(job),
      by: answer.rolledBackBy ?? 'the gateway',
      reason: answer.reason ?? '',
    });
    const problem: Problem = {
      code: 'confirm-late',
      host: job.host,
      message: `every check passed, but the confirm came too late: ${answer.reason ?? 'the gateway took the change back'}`,
      remedy: 'Give it more time: rollout.confirm_within.',
    };
    return { host: job.host, attempt: job.attempt, kind: 'interrupted', problem };
  }
  return trialOutcome(job, answer, 'the change could not be confirmed', window, context);
}

/** By chance the fresh connection has the port pair of one that existed before: the next one has another. */
async function confirmOverAnother(job: Job, remote: Remote, context: HostContext): Promise<Trial> {
  const another = await remote.fresh({ timeoutMs: context.connectTimeoutMs });
  if (another.kind === 'unreachable') return { kind: 'lost', reason: another.problem.message };
  try {
    return await confirmTransaction(another.remote, context.scripts, job.token);
  } finally {
    another.remote.close();
  }
}

/** Step 5: ask for the rollback over a connection that may be dead already; the gateway's deadline does it anyway. */
async function takeBack(
  job: Job,
  remote: Remote,
  window: Window,
  cause: Problem,
  context: HostContext,
): Promise<Outcome> {
  const asked = rollbackTransaction(remote, context.scripts, job.token, cause.message);
  const answer = await answerWithin(rollbackMs, asked, context);
  const ended = isOver(answer) ? answer : await settle(job, context, window.endsAtMs, isOver);
  return trialOutcome(job, ended, cause, window, context);
}

function isApplied(trial: Trial): boolean {
  return trial.kind === 'state' && (trial.state === 'applied' || isOver(trial));
}

/** The gateway has brought it to an end, or knows nothing of it. */
export function isOver(trial: Trial): boolean {
  const over = [
    'confirmed',
    'persist_failed',
    'rolled_back',
    'rollback_failed',
    'cancelled',
    'lost_reboot',
    'gone',
  ];
  return trial.kind === 'state' && over.includes(trial.state);
}

function isStale(trial: Trial): boolean {
  return trial.kind === 'refused' && firstOf(trial.refusals).code === 'stale-connection';
}

function firstOf(refusals: readonly Refusal[]): Refusal {
  return refusals[0] ?? { code: 'refused', text: '' };
}
