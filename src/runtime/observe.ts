import type { Check, Observation } from '../checks/model.ts';
import { runChecks } from '../checks/run.ts';
import type { Problem } from '../problem.ts';
import type { Remote } from '../remote.ts';
import type { Job } from '../rollout/runtime.ts';
import { type HostContext, refOf } from './host-context.ts';
import { beforeKey } from './seen-before.ts';

/** Checks have time-outs and retries of their own; this bounds what they add up to where no deadline does. */
const checksMs = 60_000;

type Manner = {
  readonly withinMs?: number;
  /** How the events call a check. */
  readonly named?: (check: string) => string;
  /** Before a change. */
  readonly isBefore?: true;
  /** Which failures have no say. */
  readonly isIgnored?: (check: Check) => boolean;
};

/** Makes checks over a connection, tells each, and answers what all of them saw. */
export function makeChecks(
  job: Job,
  checks: readonly Check[],
  gateway: Remote,
  context: HostContext,
  { withinMs = checksMs, named = (check) => check, isBefore, isIgnored = () => false }: Manner = {},
): Promise<readonly Observation[]> {
  const ignored = new Set(checks.filter(isIgnored).map(({ name }) => name));
  const observed = (seen: Observation) =>
    context.emit({
      type: 'check.observed',
      ...refOf(job),
      ...seen,
      check: named(seen.check),
      ...(isBefore ? { isBefore } : {}),
      ...(seen.verdict !== 'pass' && ignored.has(seen.check) ? { isIgnored: true as const } : {}),
    });
  const hosts = context.vantages;
  return runChecks(checks, { gateway, ...(hosts && { hosts }) }, { withinMs }, observed);
}

/**
 * Makes the checks of a host and answers those that did not pass, but for those that failed before its change, too, and say
 * `ignore`.
 * @param host whose checks they are: the job's, or one of its partners
 */
export async function failedChecks(
  job: Job,
  host: string,
  gateway: Remote,
  context: HostContext,
  manner: Omit<Manner, 'isIgnored' | 'isBefore'> & {
    readonly checks?: readonly Check[];
    /** Nothing was changed, so that whatever fails failed before. */
    readonly isUnchanged?: true;
  } = {},
): Promise<readonly Observation[]> {
  const { checks = context.checksOf(job.play, host), isUnchanged, ...rest } = manner;
  const isIgnored = ({ name, whenAlreadyFailing }: Check) =>
    whenAlreadyFailing === 'ignore' &&
    (isUnchanged === true || context.seenBefore.get(beforeKey(job.play, host, name)) === 'fail');
  const seen = await makeChecks(job, checks, gateway, context, { ...rest, isIgnored });
  const ignored = new Set(checks.filter(isIgnored).map(({ name }) => name));
  return seen.filter(({ verdict, check }) => verdict !== 'pass' && !ignored.has(check));
}

/** What checks saw, as one problem of their host. */
export function checksFailed(host: string, failed: readonly Observation[]): Problem {
  const isMade = ({ obstacle }: Observation) => obstacle === undefined;
  const words = [
    ...failed
      .filter(isMade)
      .map(
        ({ check, tried, from, expected, seen }) =>
          `${check}: ${tried} from ${from} expected ${expected}, saw ${seen}`,
      ),
    ...unmadeWords(failed.filter((one) => !isMade(one))),
  ];
  return {
    code: 'check-failed',
    host,
    message: words.join('; '),
    remedy:
      'The rules were live when this was seen; mend the template or the check, then plan and apply again.',
  };
}

/** Which checks could not be made, and why: many may have met the same. */
export function unmadeWords(unmade: readonly Observation[]): readonly string[] {
  const named = new Map<string, string[]>();
  for (const { check, seen } of unmade) named.set(seen, [...(named.get(seen) ?? []), `"${check}"`]);
  return [...named].map(
    ([seen, checks]) =>
      `${checks.length === 1 ? 'check' : 'checks'} ${checks.join(', ')} could not be made: ${seen}`,
  );
}

/** What checks of a host saw that already holds what is wanted of it. */
export function unchangedFails(host: string, failed: readonly Observation[]): Problem {
  return {
    ...checksFailed(host, failed),
    message: `holds what the play wants, and nothing was changed; its checks fail all the same: ${checksFailed(host, failed).message}`,
    remedy: 'Look at what the check looks at: the rules are as the play has them.',
  };
}
