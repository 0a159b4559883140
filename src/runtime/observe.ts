import type { Check, Observation } from '../checks/model.ts';
import { runChecks } from '../checks/run.ts';
import type { Problem } from '../problem.ts';
import type { Remote } from '../remote.ts';
import type { Job } from '../rollout/runtime.ts';
import { type HostContext, refOf } from './host-context.ts';

/** Checks have time-outs and retries of their own; this bounds what they add up to where no deadline does. */
const checksMs = 60_000;

/** Makes checks over a connection, tells each, and answers those that did not pass. */
export async function failedChecks(
  job: Job,
  checks: readonly Check[],
  gateway: Remote,
  context: HostContext,
  {
    withinMs = checksMs,
    named = (check: string) => check,
  }: { readonly withinMs?: number; readonly named?: (check: string) => string } = {},
): Promise<readonly Observation[]> {
  const observed = (seen: Observation) =>
    context.emit({ type: 'check.observed', ...refOf(job), ...seen, check: named(seen.check) });
  const observations = await runChecks(checks, { gateway }, { withinMs }, observed);
  return observations.filter(({ verdict }) => verdict !== 'pass');
}

/** What checks saw, as one problem of their host. */
export function checksFailed(host: string, failed: readonly Observation[]): Problem {
  const words = failed.map(
    ({ check, tried, expected, seen }) => `${check}: ${tried} expected ${expected}, saw ${seen}`,
  );
  return {
    code: 'check-failed',
    host,
    message: words.join('; '),
    remedy:
      'The rules were live when this was seen; mend the template or the check, then plan and apply again.',
  };
}
