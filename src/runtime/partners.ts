import { refusalProblem } from '../gateway/refusals.ts';
import { type LockReport, reportGateway } from '../gateway/report.ts';
import type { Problem } from '../problem.ts';
import type { Remote } from '../remote.ts';
import type { Job, Partner } from '../rollout/runtime.ts';
import type { HostContext } from './host-context.ts';
import { type Health, lookAt } from './look.ts';
import { failedChecks } from './observe.ts';
import { answerWithin } from './settle.ts';
import { isOver } from './trial.ts';

/** How long a partner may take to say whether it is being changed. */
const reportMs = 15_000;

/**
 * Why a host must not be changed now: one of its partners is not well, so that what they do together would rest on a host that is
 * about to change. Undefined where all are well.
 *
 * A partner that is being changed itself is not well, whatever its checks say: it may go back at any moment.
 * A partner that holds what the play wants must pass its checks. One that the play has not come to yet may fail what this host
 * fails, too: nothing rests on this host then, and a first rollout of a new check could begin nowhere.
 * @param gateway a connection to the host itself
 */
export async function partnerObjection(
  job: Job,
  gateway: Remote,
  context: HostContext,
): Promise<Problem | undefined> {
  const { partners = [], host } = job;
  if (partners.length === 0) return undefined;
  const looked = await Promise.all(
    partners.map(async (partner) => {
      const named = (check: string) => `partner ${partner.host}: ${check}`;
      const objection = (remote: Remote) => transactionOf(partner.host, remote, context);
      return { partner, health: await lookAt(job, partner.host, context, named, { objection }) };
    }),
  );
  const [worst] = looked.filter(({ partner, health }) => isBlocking(partner, health, () => true));
  if (worst === undefined) {
    const isHalfIll = looked.some(({ health }) => health.kind === 'ill');
    if (!isHalfIll) return undefined;
    const named = (check: string) => `before the change: ${check}`;
    const failing = await failedChecks(job, host, gateway, context, { named });
    const failsHere = new Set(failing.map(({ check }) => check));
    const [carried] = looked.filter(({ partner, health }) =>
      isBlocking(partner, health, (check) => failsHere.has(check)),
    );
    return carried === undefined ? undefined : refused(host, carried.partner, carried.health);
  }
  return refused(host, worst.partner, worst.health);
}

function isBlocking({ isDone }: Partner, health: Health, failsHere: (check: string) => boolean): boolean {
  if (health.kind === 'well') return false;
  if (health.kind !== 'ill' || isDone) return true;
  return !health.failed.every(failsHere);
}

/**
 * Whether somebody is changing a partner at this moment: another operator, or a controller that died, whose trial ends at the
 * gateway's own deadline. We hold our own host's lock already, so that of two who begin together each sees the other.
 */
async function transactionOf(
  host: string,
  gateway: Remote,
  context: HostContext,
): Promise<Problem | undefined> {
  const report = await answerWithin(reportMs, reportGateway(gateway, context.scripts), context);
  if (report.kind === 'reported') {
    const { lock } = report;
    if (lock === undefined || isIdle(lock)) return undefined;
    const text = `${lock.owner} holds the lock since ${lock.since} (play ${lock.play}, transaction ${lock.token}, ${lock.state}, ${lock.secondsLeft} s left)`;
    return refusalProblem(host, { code: 'locked', text });
  }
  const [first] =
    report.kind === 'lost' ? [{ code: 'connection-lost', text: report.reason }] : report.refusals;
  return refusalProblem(host, first ?? { code: 'refused', text: '' });
}

/** Who came to an end frees the lock a moment later; who died before the word was given has changed nothing, nor ever will. */
function isIdle({ state = 'gone', holder, secondsLeft }: LockReport): boolean {
  if (state === 'prepared') return holder === 'dead' || secondsLeft === 0;
  return isOver({ kind: 'state', state });
}

function refused(host: string, partner: Partner, health: Health): Problem {
  const why = health.kind === 'well' ? '' : `: ${health.problem.message}`;
  return {
    code: 'partner-not-well',
    host,
    message: `was not changed, as its partner ${partner.host} is not well${why}`,
    remedy: `Mend ${partner.host} first: sluice ping ${partner.host}, sluice drift. Hosts that are apart must all be well while one of them changes.`,
  };
}
