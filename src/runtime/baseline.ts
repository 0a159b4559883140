import type { Check, Observation } from '../checks/model.ts';
import type { Problem } from '../problem.ts';
import type { Remote } from '../remote.ts';
import type { Job } from '../rollout/runtime.ts';
import type { HostContext, HostInput } from './host-context.ts';
import { checksFailed, makeChecks, unmadeWords } from './observe.ts';
import { beforeKey } from './seen-before.ts';

/**
 * Makes a host's checks before its change, over the connection that is there, and tells each; remembers what each saw.
 *
 * Answers why the host must not be changed, or undefined: a check could not be made at all, so that nobody could prove the change
 * either; or one that says `stop` fails. Every vantage host is connected to, also for checks without a baseline.
 */
export async function baselineObjection(
  job: Job,
  { checks }: HostInput,
  gateway: Remote,
  context: HostContext,
): Promise<Problem | undefined> {
  const wanted = checks.filter(({ baseline }) => baseline).map(forBaseline);
  const [unreached, seen] = await Promise.all([
    unreachedVantages(job, checks, context),
    makeChecks(job, wanted, gateway, context, { isBefore: true }),
  ]);
  const failed = seen.filter(({ verdict }) => verdict !== 'pass');
  for (const { name } of wanted) {
    const verdict = failed.some(({ check }) => check === name) ? 'fail' : 'pass';
    context.seenBefore.set(beforeKey(job.play, job.host, name), verdict);
  }
  const policyOf = new Map(checks.map(({ name, whenAlreadyFailing }) => [name, whenAlreadyFailing]));
  const binding = failed.filter(({ check }) => policyOf.get(check) !== 'ignore');
  const unmade = binding.filter(({ obstacle }) => obstacle !== undefined);
  if (unmade.length > 0) return notMade(job.host, unmade);
  if (unreached !== undefined) return unreached;
  const stopping = failed.filter(({ check }) => policyOf.get(check) === 'stop');
  return stopping.length === 0 ? undefined : alreadyFailing(job.host, stopping);
}

/** Where the check has to pass after the change anyway, one look is enough: nothing hangs on what it sees. */
function forBaseline(check: Check): Check {
  return check.whenAlreadyFailing === 'require_fix' ? { ...check, retries: 0 } : check;
}

async function unreachedVantages(
  { host }: Job,
  checks: readonly Check[],
  { vantages }: HostContext,
): Promise<Problem | undefined> {
  const named = checks.flatMap(({ from, baseline, name }) =>
    typeof from === 'object' && !baseline ? [{ vantage: from.host, name }] : [],
  );
  const dialled = await Promise.all(
    named.map(async (one) => ({
      ...one,
      end: await vantages?.dial(one.vantage, AbortSignal.timeout(dialMs)),
    })),
  );
  for (const { vantage, name, end } of dialled) {
    if (end?.kind !== 'unreachable') continue;
    return {
      code: 'check-not-made',
      host,
      message: `check "${name}" could not be made: vantage host ${vantage} can't be reached: ${end.problem.message}; nothing was changed`,
      remedy: REMEDY,
    };
  }
  return undefined;
}

/** More than a login may take. */
const dialMs = 60_000;

const REMEDY = 'Mend the vantage host, or make the check from elsewhere (from: …), then apply again.';

function notMade(host: string, unmade: readonly Observation[]): Problem {
  const isTool = unmade.every(({ obstacle }) => obstacle === 'tool');
  return {
    code: 'check-not-made',
    host,
    message: `${unmadeWords(unmade).join('; ')}; nothing was changed`,
    remedy: isTool ? 'Install the tool there, or make the check from elsewhere (from: …).' : REMEDY,
  };
}

function alreadyFailing(host: string, failed: readonly Observation[]): Problem {
  return {
    code: 'check-already-failing',
    host,
    message: `was not changed, as a check fails already: ${checksFailed(host, failed).message}`,
    remedy: 'Mend what the check looks at, then apply again; it says when_already_failing: stop.',
  };
}
