import type { Problem } from '../problem.ts';
import type { Job } from '../rollout/runtime.ts';
import { dialAgain, FRESH_LOGIN, tellLogin } from './dial.ts';
import type { HostContext } from './host-context.ts';

/** Of many behind one jump host, so many stand for all: each costs a login before the change and one after it. */
const most = 5;
const tries = 2;

/** Which of the hosts that are reached through a host can be logged in to, before it is changed; the first few. */
export async function reachedThrough({ host }: Job, context: HostContext): Promise<readonly string[]> {
  const names = (context.behind?.(host) ?? []).slice(0, most);
  const seen = await Promise.all(
    names.map(async (name) => {
      const dialled = await context.dial(name);
      if (dialled.kind === 'connected') dialled.remote.close();
      return dialled.kind === 'connected' ? [name] : [];
    }),
  );
  return seen.flat();
}

/**
 * Logs in to hosts through the one that was changed, over new connections to it: whoever can't be reached any more, its new rules have
 * cut off, though they let us in. Undefined where all can.
 */
export async function cutOffBehind(
  job: Job,
  names: readonly string[],
  context: HostContext,
): Promise<Problem | undefined> {
  const startedMs = context.nowMs();
  const seen = await Promise.all(
    names.map(async (name) => {
      const { dialled, tried } = await dialAgain(name, tries, context);
      if (dialled.kind === 'connected') dialled.remote.close();
      const check = `${FRESH_LOGIN} to ${name} behind it`;
      tellLogin(job, { check, to: name, dialled, tried, startedMs }, context);
      return dialled.kind === 'connected' ? [] : [{ name, why: dialled.problem.message }];
    }),
  );
  const [first, ...others] = seen.flat();
  if (first === undefined) return undefined;
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  return {
    code: 'cut-off-behind',
    host: job.host,
    message: `${first.name}${more} can't be reached through it any more once the new rules were live: ${first.why}`,
    remedy:
      'These rules would cut off what is reached through this jump host: let its SSH connections to them out.',
  };
}
