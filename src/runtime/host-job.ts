import { refusalProblem } from '../gateway/refusals.ts';
import {
  beginTransaction,
  inspectGateway,
  type Prepared,
  type Refused,
  type Standing,
} from '../gateway/transaction.ts';
import { type HostChange, planChange } from '../plan/change.ts';
import type { Problem } from '../problem.ts';
import type { Remote } from '../remote.ts';
import type { Outcome } from '../rollout/outcome.ts';
import type { Job } from '../rollout/runtime.ts';
import { compareHost, tellCompared, tellUnjudged } from './compare.ts';
import { type HostContext, type HostInput, refOf } from './host-context.ts';
import { answerWithin } from './settle.ts';
import { runTrial } from './trial.ts';

/** As long as a prepared transaction is valid on the gateway: a later answer is worth nothing. */
const prepareMs = 120_000;
const releaseMs = 10_000;

/**
 * One job at one host: connect, then what the job asks for. Whatever happens to the host is the outcome; nothing is
 * thrown for it.
 */
export async function runHostJob(job: Job, context: HostContext): Promise<Outcome> {
  const ref = refOf(job);
  context.emit({ type: 'host.started', ...ref });
  const outcome = await attempt(job, context);
  context.emit({ type: 'host.finished', ...ref, outcome });
  return outcome;
}

async function attempt(job: Job, context: HostContext): Promise<Outcome> {
  const startedMs = context.nowMs();
  const dialled = await context.dial(job.host);
  if (dialled.kind === 'unreachable') {
    if (job.kind === 'drift') tellUnjudged(job, 'unreachable', context);
    return { ...who(job), kind: 'unreachable', problem: dialled.problem };
  }
  const { remote } = dialled;
  context.emit({ type: 'host.connected', ...refOf(job), elapsedMs: Math.round(context.nowMs() - startedMs) });
  try {
    switch (job.kind) {
      case 'plan':
        return await look(job, remote, context);
      case 'drift':
        return await compareWith(job, remote, context);
      default:
        return await change(job, remote, context);
    }
  } finally {
    remote.close();
  }
}

/** Step 0: what would change? */
async function look(job: Job, remote: Remote, context: HostContext): Promise<Outcome> {
  const input = context.inputOf(job);
  const asked = inspectGateway(remote, context.scripts, job.play, input.desired);
  const inspected = await answerWithin(prepareMs, asked, context);
  if (inspected.kind !== 'inspected') return stopped(job, input, inspected);
  tellCompared(job, input, inspected.standing, context);
  const planned = await plan(job, inspected.standing, context, inspected.lockedBy);
  switch (planned.kind) {
    case 'refused':
      return { ...who(job), kind: 'failed', problem: planned.problem };
    case 'unchanged':
      return { ...who(job), kind: 'ok' };
    case 'change':
      return { ...who(job), kind: 'changed', token: job.token };
  }
}

/** Step 0 again: does it hold what the play says, and what came or went since? */
async function compareWith(job: Job, remote: Remote, context: HostContext): Promise<Outcome> {
  const input = context.inputOf(job);
  const asked = inspectGateway(remote, context.scripts, job.play, input.desired);
  const inspected = await answerWithin(prepareMs, asked, context);
  const lockedBy = inspected.kind === 'lost' ? undefined : inspected.lockedBy;
  if (lockedBy !== undefined) {
    tellUnjudged(job, 'in_transaction', context);
    const problem = refusalProblem(job.host, { code: 'locked', text: lockedBy });
    return { ...who(job), kind: 'failed', problem };
  }
  if (inspected.kind !== 'inspected') {
    tellUnjudged(job, inspected.kind === 'lost' ? 'unreachable' : 'unknown', context);
    return stopped(job, input, inspected);
  }
  return compareHost(job, input, inspected.standing, context);
}

/** Steps 1 to 5. */
async function change(job: Job, remote: Remote, context: HostContext): Promise<Outcome> {
  const input = context.inputOf(job);
  const begun = beginTransaction(remote, context.scripts, {
    token: job.token,
    play: job.play,
    owner: context.owner,
    confirmWithinSeconds: input.confirmWithinSeconds,
    ...(job.undoOf === undefined ? { desired: input.desired } : { undoOf: job.undoOf }),
  });
  const prepared = await answerWithin(prepareMs, begun, context);
  if (prepared.kind !== 'prepared') return stopped(job, input, prepared);
  await keepTexts(job, input, prepared, context);
  if (job.kind === 'apply') tellCompared(job, input, prepared.standing, context);
  const planned = await plan(job, prepared.standing, context);
  switch (planned.kind) {
    case 'refused':
      await answerWithin(releaseMs, prepared.release(), context);
      return { ...who(job), kind: 'failed', problem: planned.problem };
    case 'unchanged':
      await answerWithin(releaseMs, prepared.release(), context);
      return { ...who(job), kind: 'ok' };
    case 'change':
      return runTrial(job, input, remote, prepared, context);
  }
}

async function plan(
  job: Job,
  standing: Standing,
  context: HostContext,
  lockedBy?: string,
): Promise<HostChange> {
  // What an undo takes back was ours, and the gateway has compared it with what stands.
  const takeOver = context.takeOver || job.kind === 'undo';
  const planned = planChange({ host: job.host, play: job.play, standing, takeOver });
  if (planned.kind === 'refused') return planned;
  const notes = [...planned.notes, ...(lockedBy === undefined ? [] : [lockedBy])];
  const { added, removed } = planned.kind === 'change' ? planned : { added: 0, removed: 0 };
  const diff = planned.kind === 'change' ? { diff: context.nameDiff(planned.diff) } : {};
  context.emit({ type: 'host.planned', ...refOf(job), added, removed, notes, ...diff });
  if (planned.kind === 'change') await context.keep(job, 'diff', planned.diff);
  return planned;
}

async function keepTexts(
  job: Job,
  input: HostInput,
  { standing }: Prepared,
  context: HostContext,
): Promise<void> {
  for (const { family, text } of input.desired.rulesets)
    await context.keep(job, `desired.${family}.rules`, text);
  if (standing.sets.live !== '') await context.keep(job, 'before.sets', standing.sets.live);
  if (standing.sysctls.live !== '') await context.keep(job, 'before.sysctls', standing.sysctls.live);
  for (const { family, before, canonical } of standing.families) {
    await context.keep(job, `before.${family}.save`, before);
    await context.keep(job, `canonical.${family}.save`, canonical);
  }
}

/** No transaction came about: the gateway refused, or the connection broke while nothing was changed yet. */
function stopped(
  job: Job,
  input: HostInput,
  why: Refused | { readonly kind: 'lost'; readonly reason: string },
): Outcome {
  if (why.kind === 'lost') {
    const remedy = 'Nothing was changed on the gateway; run again.';
    const problem: Problem = {
      code: 'connection-lost',
      host: job.host,
      message: `the connection was lost: ${why.reason}`,
      remedy,
    };
    return { ...who(job), kind: 'unreachable', problem };
  }
  const [first = { code: 'refused', text: '' }] = why.refusals;
  return { ...who(job), kind: 'failed', problem: refusalProblem(job.host, first, input.desired) };
}

function who({ host, attempt }: Job): Pick<Outcome, 'host' | 'attempt'> {
  return { host, attempt };
}
