import type { NoAnswer } from '../gateway/asking.ts';
import { rollbackTransaction, type Trial, transactionStatus } from '../gateway/transaction.ts';
import type { Problem } from '../problem.ts';
import type { Remote } from '../remote.ts';
import type { Outcome } from '../rollout/outcome.ts';
import type { Job } from '../rollout/runtime.ts';
import { type HostContext, refOf } from './host-context.ts';

/** After its own deadline a gateway restores, compares, waits two seconds and compares; its guard may have to step in. */
export const graceMs = 60_000;
/** Each question is a login: most are answered by the first few, a trial that runs to its deadline takes a minute. */
const firstPauseMs = 1_000;
const longestPauseMs = 3_000;

/** An answer that doesn't come in time counts as lost: what became of it is then asked anew. */
export async function answerWithin<T>(
  ms: number,
  answer: Promise<T>,
  context: HostContext,
): Promise<T | NoAnswer> {
  const late: NoAnswer = { kind: 'lost', reason: `no answer within ${Math.round(ms / 1000)} s` };
  const answered = new AbortController();
  try {
    return await Promise.race([answer, context.pause(Math.max(0, ms), answered.signal).then(() => late)]);
  } finally {
    answered.abort('answered');
  }
}

/**
 * Asks the gateway over new connections how the transaction stands, until `isEnough` or until it must have ended by
 * itself. Never assumes: `lost` when no answer came.
 */
export async function settle(
  job: Job,
  context: HostContext,
  endsAtMs: number,
  isEnough: (trial: Trial) => boolean,
): Promise<Trial> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(1.5 * pauseMs, longestPauseMs)) {
    const trial = await askStatus(job, context);
    if (isEnough(trial) || context.nowMs() > endsAtMs + graceMs) return trial;
    await context.pause(pauseMs);
  }
}

function askStatus(job: Job, context: HostContext): Promise<Trial> {
  return askAnew(job, context, (remote) => transactionStatus(remote, context.scripts, job.token));
}

/** It has not been told to apply: nothing was changed. */
export function isPrepared(trial: Trial): boolean {
  return trial.kind === 'state' && trial.state === 'prepared';
}

/** Calls off what is only prepared: a word to apply that is still on its way comes too late then. */
export function callOff(job: Job, context: HostContext): Promise<Trial> {
  return askAnew(job, context, (remote) =>
    rollbackTransaction(remote, context.scripts, job.token, 'it was called off'),
  );
}

async function askAnew(
  job: Job,
  context: HostContext,
  ask: (remote: Remote) => Promise<Trial>,
): Promise<Trial> {
  const dialled = await context.dial(job.host);
  if (dialled.kind === 'unreachable') return { kind: 'lost', reason: dialled.problem.message };
  try {
    return await answerWithin(context.connectTimeoutMs, ask(dialled.remote), context);
  } finally {
    dialled.remote.close();
  }
}

/** From the word to apply until the gateway's own deadline, by the context's clock. */
export type Window = { readonly startedMs: number; readonly endsAtMs: number };

/** Nobody had told it anything: not the controller, nor its own guard. */
export function isTooLate({ state, rolledBackBy }: Extract<Trial, { kind: 'state' }>): boolean {
  return state === 'rolled_back' && rolledBackBy === 'the gateway at its deadline';
}

/**
 * How the attempt ended once the word was given, from where the gateway says its transaction stands.
 *
 * @param window undefined where the process that gave the word is another one
 */
export async function trialOutcome(
  job: Job,
  trial: Trial,
  cause: Problem | string,
  window: Window | undefined,
  context: HostContext,
): Promise<Outcome> {
  const { host, attempt, token } = job;
  const who = { host, attempt };
  if (trial.kind === 'lost') return { ...who, kind: 'unknown', problem: silent(job, trial.reason) };
  // Not even asked: sudo or the program failed. That says nothing about the rules.
  if (trial.kind === 'refused') {
    const words = trial.refusals.map(({ code, text }) => `${code} ${text}`).join('; ');
    return { ...who, kind: 'unknown', problem: silent(job, words) };
  }
  if (trial.log !== undefined) context.keep(job, 'gateway.log', trial.log);
  const reason = trial.reason ?? trial.state;
  const problem = typeof cause === 'string' ? because(job, cause, reason) : cause;
  switch (trial.state) {
    case 'confirmed':
      context.emit({ type: 'host.confirmed', ...refOf(job) });
      return { ...who, kind: 'changed', token };
    case 'rolled_back':
      context.emit({
        type: 'host.rolledBack',
        ...refOf(job),
        by: trial.rolledBackBy ?? 'the gateway',
        reason,
      });
      // What failed meanwhile says nothing of the rules.
      if (window !== undefined && isTooLate(trial) && context.wasAwaySince?.(window.startedMs) === true)
        return { ...who, kind: 'interrupted', problem: wasAway(job) };
      return { ...who, kind: 'rolled_back', problem };
    case 'lost_reboot':
      return { ...who, kind: 'unknown', problem: rebooted(job) };
    case 'cancelled':
    case 'gone':
      return { ...who, kind: 'failed', problem: because(job, 'the change was never applied', reason) };
    default:
      return { ...who, kind: 'unknown', problem: needsPerson(job, trial.state, reason) };
  }
}

function because({ host }: Job, what: string, reason: string): Problem {
  return {
    code: 'trial-failed',
    host,
    message: `${what}: ${reason}`,
    remedy: 'The gateway is back on the rules it had before.',
  };
}

function wasAway({ host }: Job): Problem {
  return {
    code: 'controller-away',
    host,
    message:
      'this machine was asleep, or sluice was stopped, during the trial: the gateway took the change back at its deadline',
    remedy: 'Run again where nothing sleeps, or give it more time: rollout.confirm_within.',
  };
}

/** Nothing of ours is loaded at boot: what the gateway holds now, nobody here knows. */
function rebooted({ host }: Job): Problem {
  return {
    code: 'lost-reboot',
    host,
    message: 'the gateway rebooted during the trial: it has the rules that it loads at boot',
    remedy: 'Look at them (iptables-save on the gateway), then run sluice plan.',
  };
}

function silent({ host, token }: Job, reason: string): Problem {
  return {
    code: 'gateway-silent',
    host,
    message: `the gateway gave no answer until after its own deadline: ${reason}`,
    remedy: `It has taken the change back, or kept it if a confirm reached it; ask again: sluice status ${host}; or, on its console: sh /var/lib/sluice/sluice.sh list (transaction ${token})`,
  };
}

function needsPerson({ host, token }: Job, state: string, reason: string): Problem {
  return {
    code: state.replace('_', '-'),
    host,
    message: `the transaction ended as ${state}: ${reason}`,
    remedy: `A person must look at this gateway: /var/lib/sluice/tx/${token}/ holds the log and the snapshot; on its console, sh /var/lib/sluice/sluice.sh restore ${token} puts it back.`,
  };
}
