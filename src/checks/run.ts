import { setMaxListeners } from 'node:events';
import type { Dialled, Remote } from '../remote.ts';
import type { Far } from './kind.ts';
import { kindOf } from './kinds.ts';
import { afterPendingInput, pause } from './limit.ts';
import type { Check, Observation } from './model.ts';
import { formatSeconds, oneLine, type Sight } from './sight.ts';
import { placeOf } from './words.ts';

/** From where checks look, besides the controller itself. */
export type Vantage = { readonly gateway: Remote; readonly hosts?: VantageHosts };

/** The vantage hosts of a run: one connection to each, shared by all checks of all gateways. */
export type VantageHosts = {
  /** Answers the connection, dialling where there is none; never rejects, and ends early when the signal aborts. */
  readonly dial: (host: string, signal: AbortSignal) => Promise<Dialled>;
  /** The connection is of no use any more: the next check has another. */
  readonly lost: (host: string, remote: Remote) => void;
};

export type CheckOptions = {
  /** Time for all checks together, from now on; finite. A check that has no verdict by then failed. */
  readonly withinMs: number;
  /** The operator's interrupt: checks without a verdict become `unknown`. */
  readonly signal?: AbortSignal;
};

/**
 * Makes all checks of one gateway at once, each with its own time-out, retries and pauses, and answers their
 * observations in the order of the checks. `observed` is told each as it is made. Never rejects because of a check, and
 * never takes noticeably longer than `withinMs`.
 */
export async function runChecks(
  checks: readonly Check[],
  vantage: Vantage,
  { withinMs, signal }: CheckOptions,
  observed: (observation: Observation) => void,
): Promise<readonly Observation[]> {
  const cut = new AbortController();
  // Each check listens, and each gateway of a run to the same interrupt: many, and none stays behind.
  setMaxListeners(0, cut.signal, ...(signal === undefined ? [] : [signal]));
  const endsAtMs = performance.now() + withinMs;
  const deadline = afterPendingInput(withinMs, () => cut.abort('deadline'));
  const onInterrupt = () => cut.abort('interrupt');
  signal?.addEventListener('abort', onInterrupt, { once: true });
  if (signal?.aborted) onInterrupt();
  else if (withinMs <= 0) cut.abort('deadline');
  try {
    return await Promise.all(
      checks.map(async (check) => {
        const observation = await observe(check, vantage, endsAtMs, cut.signal);
        observed(observation);
        return observation;
      }),
    );
  } finally {
    clearTimeout(deadline);
    signal?.removeEventListener('abort', onInterrupt);
  }
}

async function observe(
  check: Check,
  vantage: Vantage,
  endsAtMs: number,
  cut: AbortSignal,
): Promise<Observation> {
  const startedMs = performance.now();
  let tries = 0;
  const kind = kindOf(check.probe);
  const conclude = ({ verdict, seen, obstacle }: Sight): Observation => ({
    check: check.name,
    from: placeOf(check),
    verdict,
    tried: kind.tried(check.probe),
    expected: kind.expected(check.probe),
    seen,
    tries,
    elapsedMs: Math.round(performance.now() - startedMs),
    ...(obstacle === undefined ? {} : { obstacle }),
  });

  if (cut.aborted) return conclude(cutSight(cut, undefined, undefined));
  let before: Sight | undefined;
  for (;;) {
    tries += 1;
    const sight = await tryOnce(check, vantage, cut);
    if (sight === 'cut') return conclude(cutSight(cut, performance.now() - startedMs, before));
    if (sight.verdict === 'pass' || sight.isFinal || tries > check.retries) return conclude(sight);
    const delayMs = check.delaySeconds * 1000;
    if (performance.now() + delayMs >= endsAtMs) {
      return conclude({ ...sight, seen: `${sight.seen}; no time for another try before the deadline` });
    }
    await pause(delayMs, cut);
    if (cut.aborted) return conclude(cutSight(cut, performance.now() - startedMs, sight));
    before = sight;
  }
}

/** A probe that throws is a fault of ours, not of the gateway: nothing is known then. */
async function tryOnce(
  { probe, from, timeoutSeconds }: Check,
  vantage: Vantage,
  cut: AbortSignal,
): Promise<Sight | 'cut'> {
  const limitMs = timeoutSeconds * 1000;
  const kind = kindOf(probe);
  try {
    if (from === 'controller') return (await kind.here?.(probe, limitMs, cut)) ?? NOT_FROM_HERE;
    const far = await farOf(from, vantage, cut);
    if (cut.aborted) return 'cut';
    return 'seen' in far ? far : await kind.there(far, probe, limitMs, cut);
  } catch (error) {
    return { verdict: 'unknown', seen: `could not be tried: ${oneLine(String(error))}`, isFinal: true };
  }
}

const NOT_FROM_HERE: Sight = {
  verdict: 'unknown',
  seen: 'can not be made from the controller',
  isFinal: true,
};

/** The far end of a check, or why there is none: dialled by the first check that looks from there. */
async function farOf(
  from: Exclude<Check['from'], 'controller'>,
  { gateway, hosts }: Vantage,
  cut: AbortSignal,
): Promise<Far | Sight> {
  if (from === 'gateway') return { remote: gateway, name: 'the gateway' };
  const { host: name } = from;
  const dialled = await hosts?.dial(name, cut);
  if (dialled?.kind === 'connected') {
    const { remote } = dialled;
    return { remote, name, isVantage: { lost: () => hosts?.lost(name, remote) } };
  }
  const why = dialled === undefined ? 'it is not a host of this run' : dialled.problem.message;
  return {
    verdict: 'unknown',
    seen: `vantage host ${name} can't be reached: ${oneLine(why)}`,
    isFinal: true,
    obstacle: 'vantage',
  };
}

function cutSight(cut: AbortSignal, elapsedMs: number | undefined, before: Sight | undefined): Sight {
  if (cut.reason === 'interrupt') return { verdict: 'unknown', seen: 'interrupted' };
  const earlier = before === undefined ? '' : `; before that: ${before.seen}`;
  return elapsedMs === undefined
    ? { verdict: 'fail', seen: 'not tried: the deadline had passed' }
    : { verdict: 'fail', seen: `cut off by the deadline after ${formatSeconds(elapsedMs)}${earlier}` };
}
