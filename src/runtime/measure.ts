import { measureGateway } from '../gateway/measure.ts';
import { refusalProblem } from '../gateway/refusals.ts';
import type { Outcome } from '../rollout/outcome.ts';
import type { Job } from '../rollout/runtime.ts';
import { dialAgain } from './dial.ts';
import type { HostContext } from './host-context.ts';
import { answerWithin } from './settle.ts';

/** A wave goes back when it can't be measured after it. */
const tries = 2;
/** What two saves may take beside the seconds between them. */
const savesMs = 30_000;

/** Measures how much the watched rules of a host drop a second, over one connection. */
export async function measureDrops(job: Job, context: HostContext): Promise<Outcome> {
  const { host, attempt, drops } = job;
  const who = { host, attempt };
  if (drops === undefined) return { ...who, kind: 'ok', drops: [] };
  const { dialled } = await dialAgain(host, tries, context);
  if (dialled.kind === 'unreachable') return { ...who, kind: 'unreachable', problem: dialled.problem };
  const { remote } = dialled;
  try {
    const { overSeconds, rules } = drops;
    const asked = measureGateway(remote, context.scripts, overSeconds, rules);
    const answer = await answerWithin(overSeconds * 1000 + savesMs, asked, context);
    if (answer.kind === 'measured') return { ...who, kind: 'ok', drops: answer.rates };
    const [refusal] =
      answer.kind === 'lost' ? [{ code: 'connection-lost', text: answer.reason }] : answer.refusals;
    return {
      ...who,
      kind: 'failed',
      problem: refusalProblem(host, refusal ?? { code: 'refused', text: '' }),
    };
  } finally {
    remote.close();
  }
}
