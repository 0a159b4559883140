import type { Remote } from '../remote.ts';
import type { Job } from '../rollout/runtime.ts';
import type { HostContext, HostInput } from './host-context.ts';
import { checksFailed, makeChecks } from './observe.ts';
import { beforeKey } from './seen-before.ts';

/**
 * Checks a gateway that went back: what passed before its change has to pass again. Others were written for what the change
 * brought. What fails is told, and leaves the gateway where it is: what it had is what was asked for.
 */
export async function checkAfterUndo(
  job: Job,
  input: HostInput,
  gateway: Remote,
  context: HostContext,
): Promise<void> {
  const passed = input.checks.filter(
    ({ name }) => context.seenBefore.get(beforeKey(job.play, job.host, name)) === 'pass',
  );
  const named = (check: string) => `gone back: ${check}`;
  const seen = await makeChecks(job, passed, gateway, context, { named });
  const failed = seen.filter(({ verdict }) => verdict !== 'pass');
  if (failed.length === 0) return;
  context.emit({
    type: 'warning',
    problem: {
      code: 'check-failed-after-undo',
      host: job.host,
      message: `went back to what it had before play ${job.play} changed it, but a check that passed then fails now: ${checksFailed(job.host, failed).message}`,
      remedy: 'The rules are those of before: look at what the check looks at.',
    },
  });
}
