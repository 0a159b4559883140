import type { Problem } from '../problem.ts';
import type { Dialled, Remote } from '../remote.ts';
import type { Job } from '../rollout/runtime.ts';
import { FRESH_LOGIN, tellLogin } from './dial.ts';
import type { HostContext, HostInput } from './host-context.ts';
import { checksFailed, failedChecks } from './observe.ts';

const freshTries = 2;
const freshPauseMs = 1_000;

/** A connection that the new rules let in, or why there is none. */
export type Fresh =
  | { readonly kind: 'connected'; readonly remote: Remote }
  | { readonly kind: 'failed'; readonly problem: Problem };

/**
 * The implicit check of every change: a new TCP connection and SSH handshake to each address in use. The first address's
 * connection is kept for what follows.
 */
export async function connectAfresh(
  job: Job,
  input: HostInput,
  first: Remote,
  byMs: number,
  context: HostContext,
): Promise<Fresh> {
  const main = await freshTo(undefined, job, first, byMs, context);
  if (main.kind === 'unreachable') return { kind: 'failed', problem: lockedOut(job, main.problem) };
  for (const address of input.addresses) {
    const further = await freshTo(address, job, first, byMs, context);
    if (further.kind === 'unreachable') {
      main.remote.close();
      return { kind: 'failed', problem: lockedOut(job, further.problem) };
    }
    further.remote.close();
  }
  return main;
}

/** One more connection to a host, to another of its addresses if one is named; told as a check. */
export async function freshTo(
  address: string | undefined,
  job: Job,
  first: Remote,
  byMs: number,
  context: HostContext,
): Promise<Dialled> {
  const startedMs = context.nowMs();
  for (let tried = 1; ; tried++) {
    const leftMs = Math.max(1_000, byMs - context.nowMs());
    const timeoutMs = Math.min(context.connectTimeoutMs, leftMs / 2);
    const dialled = await first.fresh({ timeoutMs, ...(address === undefined ? {} : { address }) });
    const isLast = tried === freshTries || context.nowMs() + freshPauseMs >= byMs;
    if (dialled.kind === 'connected' || isLast) {
      const to = address ?? job.host;
      tellLogin(job, { check: FRESH_LOGIN, to, dialled, tried, startedMs }, context);
      return dialled;
    }
    await context.pause(freshPauseMs);
  }
}

/** The play's checks, within the time that is left; what failed, as one problem, or undefined. */
export async function observeChecks(
  job: Job,
  input: HostInput,
  gateway: Remote,
  byMs: number,
  context: HostContext,
): Promise<Problem | undefined> {
  const withinMs = byMs - context.nowMs();
  const failed = await failedChecks(job, job.host, gateway, context, { checks: input.checks, withinMs });
  return failed.length === 0 ? undefined : checksFailed(job.host, failed);
}

function lockedOut({ host }: Job, { message }: Problem): Problem {
  return {
    code: 'locked-out',
    host,
    message: `a fresh SSH connection failed once the new rules were live: ${message}`,
    remedy: 'These rules would lock the operator out: accept SSH from the controller before what drops.',
  };
}
