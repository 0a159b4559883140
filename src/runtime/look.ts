import type { Problem } from '../problem.ts';
import type { Remote } from '../remote.ts';
import type { Job } from '../rollout/runtime.ts';
import { dialAgain, FRESH_LOGIN, tellLogin } from './dial.ts';
import type { HostContext } from './host-context.ts';
import { checksFailed, failedChecks } from './observe.ts';
import { freshTo } from './verify.ts';

const tries = 2;
/** Two logins, each within its own time. */
const furtherMs = 60_000;

/** Whether a host is well: it lets a new login in, and its checks pass. */
export type Health =
  | { readonly kind: 'well' }
  | { readonly kind: 'unreachable'; readonly problem: Problem }
  /** Of one with an objection of its own. */
  | { readonly kind: 'busy'; readonly problem: Problem }
  | { readonly kind: 'ill'; readonly problem: Problem; readonly failed: readonly string[] };

export type Manner = {
  /** Further ones that must let a login in. */
  readonly addresses?: readonly string[];
  /** Why the host is not well whatever its checks say; asked over the new connection. */
  readonly objection?: (gateway: Remote) => Promise<Problem | undefined>;
};

/**
 * Looks at a host over a new connection, and changes nothing there.
 * @param named how the events of the job call a check of it
 */
export async function lookAt(
  job: Job,
  host: string,
  context: HostContext,
  named: (check: string) => string,
  { addresses = [], objection }: Manner = {},
): Promise<Health> {
  const startedMs = context.nowMs();
  const { dialled, tried } = await dialAgain(host, tries, context);
  tellLogin(job, { check: named(FRESH_LOGIN), to: host, dialled, tried, startedMs }, context);
  if (dialled.kind === 'unreachable') return dialled;
  try {
    for (const address of addresses) {
      const further = await freshTo(address, job, dialled.remote, context.nowMs() + furtherMs, context);
      if (further.kind === 'unreachable') return { kind: 'ill', problem: further.problem, failed: [] };
      further.remote.close();
    }
    const problem = await objection?.(dialled.remote);
    if (problem !== undefined) return { kind: 'busy', problem };
    const failed = await failedChecks(job, host, dialled.remote, context, { named });
    if (failed.length === 0) return { kind: 'well' };
    return { kind: 'ill', problem: checksFailed(host, failed), failed: failed.map(({ check }) => check) };
  } finally {
    dialled.remote.close();
  }
}
