import type { Refused } from '../gateway/asking.ts';
import { refusalProblem } from '../gateway/refusals.ts';
import { beginTransaction, inspectGateway, type Prepared } from '../gateway/transaction.ts';
import { formatWanted } from '../journal/wanted.ts';
import type { Problem } from '../problem.ts';
import type { Remote } from '../remote.ts';
import type { Outcome } from '../rollout/outcome.ts';
import type { Job } from '../rollout/runtime.ts';
import { baselineObjection } from './baseline.ts';
import { reachedThrough } from './behind.ts';
import { compareHost, tellCompared, tellUnjudged } from './compare.ts';
import { dialAgain } from './dial.ts';
import { type HostContext, type HostInput, refOf } from './host-context.ts';
import { type Health, lookAt } from './look.ts';
import { measureDrops } from './measure.ts';
import { failedChecks, unchangedFails } from './observe.ts';
import { partnerObjection } from './partners.ts';
import { changeFor, isUnrecorded, tellPlanned } from './plan-host.ts';
import { answerWithin } from './settle.ts';
import { outcomeOfBegun, settleBegun } from './settle-begun.ts';
import { runTrial } from './trial.ts';
import { type LockWait, lockOf, whenFree } from './when-free.ts';

/** As long as a prepared transaction is valid on the gateway: a later answer is worth nothing. */
const prepareMs = 120_000;
const releaseMs = 10_000;
/** Logins to a host that is to go back: nobody comes to it again. */
const undoTries = 3;

/**
 * One job at one host: connect, then what the job asks for. Whatever happens to the host is the outcome; nothing is
 * thrown for it.
 */
export async function runHostJob(job: Job, context: HostContext): Promise<Outcome> {
  const ref = refOf(job);
  const isChange = job.kind === 'apply' || job.kind === 'undo';
  // A look that was cut changed nothing: it is taken again.
  if (isChange && job.isBegun === true && context.begun !== undefined)
    return settleBegun(job, context.begun(job), context);
  switch (job.kind) {
    case 'verify': {
      const outcome = await awake(context, () => verify(job, context));
      context.emit({ type: 'host.verified', ...ref, outcome });
      return outcome;
    }
    case 'measure': {
      const outcome = await awake(context, () => measureDrops(job, context));
      context.emit({ type: 'host.measured', ...ref, outcome });
      return outcome;
    }
    default: {
      context.emit({ type: 'host.started', ...ref, job: job.kind });
      const outcome = job.kind === 'check' ? await check(job, context) : await attempt(job, context);
      context.emit({ type: 'host.finished', ...ref, job: job.kind, outcome });
      return outcome;
    }
  }
}

/** Looks again where a look fails that was cut by a sleep of this machine: it says nothing of the gateway. */
async function awake(context: HostContext, look: () => Promise<Outcome>): Promise<Outcome> {
  for (;;) {
    const startedMs = context.nowMs();
    const outcome = await look();
    if (outcome.kind === 'ok' || context.wasAwaySince?.(startedMs) !== true) return outcome;
  }
}

/** Is it still well? */
async function verify(job: Job, context: HostContext): Promise<Outcome> {
  return outcomeOf(job, await lookAt(job, job.host, context, (name) => name));
}

/** Is it well? Each of its addresses is logged in to, as after a change. */
async function check(job: Job, context: HostContext): Promise<Outcome> {
  const { addresses } = context.inputOf(job);
  const health = await lookAt(job, job.host, context, (name) => name, { addresses });
  if (health.kind !== 'ill') return outcomeOf(job, health);
  const remedy =
    'Look at what the check looks at: sluice plan says whether the rules are as the play has them.';
  return outcomeOf(job, { ...health, problem: { ...health.problem, remedy } });
}

function outcomeOf(job: Job, health: Health): Outcome {
  switch (health.kind) {
    case 'well':
      return { ...who(job), kind: 'ok' };
    case 'unreachable':
      return { ...who(job), kind: 'unreachable', problem: health.problem };
    case 'busy':
    case 'ill':
      return { ...who(job), kind: 'failed', problem: health.problem };
  }
}

async function attempt(job: Job, context: HostContext): Promise<Outcome> {
  const objection = context.objectionTo?.(job);
  if (objection !== undefined) return { ...who(job), kind: 'failed', problem: objection };
  const startedMs = context.nowMs();
  const { dialled } = await dialAgain(job.host, job.kind === 'undo' ? undoTries : 1, context);
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
  const wanted = changeFor(job, input, inspected.standing, context);
  tellCompared(job, input, inspected.standing, wanted, context);
  const planned = await tellPlanned(job, inspected.standing, wanted, context, inspected.lockedBy);
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
  const begin = () => {
    const begun = beginTransaction(remote, context.scripts, {
      token: job.token,
      play: job.play,
      owner: context.owner,
      confirmWithinSeconds: input.confirmWithinSeconds,
      ...(job.undoOf === undefined ? { desired: input.desired } : { undoOf: job.undoOf }),
    });
    return answerWithin(prepareMs, begun, context);
  };
  const wait = lockWaitOf(job, context);
  const prepared = await whenFree(begin, wait);
  // It waited for its turn, and did not have it: a run that goes on later gives it one.
  if (lockOf(prepared) !== undefined && wait.waitMs > 0 && wait.isStopped())
    return { ...who(job), kind: 'not_started', because: 'interrupted' };
  if (isUsed(prepared) && context.begun !== undefined)
    return outcomeOfBegun(job, context.begun(job), context);
  if (prepared.kind !== 'prepared') return stopped(job, input, prepared);
  keepTexts(job, input, prepared, context);
  const wanted = changeFor(job, input, prepared.standing, context);
  if (job.kind === 'apply') tellCompared(job, input, prepared.standing, wanted, context);
  const planned = await tellPlanned(job, prepared.standing, wanted, context);
  const release = () => answerWithin(releaseMs, prepared.release(), context);
  if (planned.kind === 'refused') {
    await release();
    return { ...who(job), kind: 'failed', problem: planned.problem };
  }
  // What stands as it should is taken under management by the same road as a change: proved, and confirmed.
  if (planned.kind === 'unchanged' && !isUnrecorded(job, prepared.standing)) {
    await release();
    return checkUnchanged(job, input, remote, context);
  }
  const objection =
    (await partnerObjection(job, remote, context)) ??
    (job.kind === 'apply' ? await baselineObjection(job, input, remote, context) : undefined);
  if (objection === undefined)
    return runTrial(job, input, remote, prepared, await reachedThrough(job, context), context);
  await release();
  return { ...who(job), kind: 'failed', problem: objection };
}

/** Nothing is to change, so the checks are made once, with no lock held: there is nothing to take back. */
async function checkUnchanged(
  job: Job,
  { checks }: HostInput,
  remote: Remote,
  context: HostContext,
): Promise<Outcome> {
  if (job.kind !== 'apply') return { ...who(job), kind: 'ok' };
  const failed = await failedChecks(job, job.host, remote, context, { checks, isUnchanged: true });
  if (failed.length === 0) return { ...who(job), kind: 'ok' };
  return { ...who(job), kind: 'failed', problem: unchangedFails(job.host, failed) };
}

function lockWaitOf(job: Job, context: HostContext): LockWait {
  const { lockWaitMs: waitMs = 0, isStopped = () => false, nowMs, pause } = context;
  const remedy = `Waiting for it, up to ${Math.round(waitMs / 1000)} s.`;
  return {
    waitMs,
    nowMs,
    pause,
    isStopped,
    waiting: ({ text }) =>
      context.emit({
        type: 'warning',
        problem: { code: 'waiting-for-lock', host: job.host, message: text, remedy },
      }),
  };
}

/** A power cut may take the last lines of a journal: then the gateway alone knows that the attempt had begun. */
function isUsed(prepared: {
  readonly kind: string;
  readonly refusals?: readonly { readonly code: string }[];
}): boolean {
  return prepared.refusals?.[0]?.code === 'token-used';
}

function keepTexts(job: Job, input: HostInput, { standing }: Prepared, context: HostContext): void {
  const { families, sets, sysctls } = standing;
  // What an undo wants is on the gateway alone.
  if (job.kind !== 'undo') {
    for (const [name, text] of formatWanted(input)) context.keep(job, name, text);
  }
  const ofKind = { before: 'live', canonical: 'canonical' } as const;
  for (const [name, side] of Object.entries(ofKind)) {
    if (sets[side] !== '') context.keep(job, `${name}.sets`, sets[side]);
    if (sysctls[side] !== '') context.keep(job, `${name}.sysctls`, sysctls[side]);
  }
  for (const { family, before, canonical } of families) {
    context.keep(job, `before.${family}.save`, before);
    context.keep(job, `canonical.${family}.save`, canonical);
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
