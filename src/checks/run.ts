import { setMaxListeners } from 'node:events';
import type { Remote } from '../remote.ts';
import { httpFromController } from './controller-http.ts';
import { tcpFromController } from './controller-tcp.ts';
import { commandOnGateway } from './gateway-command.ts';
import { httpFromGateway } from './gateway-http.ts';
import { tcpFromGateway } from './gateway-tcp.ts';
import { afterPendingInput, pause } from './limit.ts';
import type { Check, Observation } from './model.ts';
import { formatSeconds, oneLine, type Sight } from './sight.ts';
import { expectedBy, triedBy, vantageOf } from './words.ts';

/** From where checks look, besides the controller itself. */
export type Vantage = { readonly gateway: Remote };

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
  const conclude = ({ verdict, seen }: Sight): Observation => ({
    check: check.name,
    from: vantageOf(check),
    verdict,
    tried: triedBy(check),
    expected: expectedBy(check),
    seen,
    tries,
    elapsedMs: Math.round(performance.now() - startedMs),
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
async function tryOnce(check: Check, { gateway }: Vantage, cut: AbortSignal): Promise<Sight | 'cut'> {
  const { probe } = check;
  const limitMs = check.timeoutSeconds * 1000;
  try {
    switch (probe.kind) {
      case 'tcp':
        return await (check.from === 'gateway'
          ? tcpFromGateway(gateway, probe, limitMs, cut)
          : tcpFromController(probe, limitMs, cut));
      case 'http':
        return await (check.from === 'gateway'
          ? httpFromGateway(gateway, probe, limitMs, cut)
          : httpFromController(probe, limitMs, cut));
      case 'command':
        return await commandOnGateway(gateway, probe, limitMs, cut);
    }
  } catch (error) {
    return { verdict: 'unknown', seen: `could not be tried: ${oneLine(String(error))}`, isFinal: true };
  }
}

function cutSight(cut: AbortSignal, elapsedMs: number | undefined, before: Sight | undefined): Sight {
  if (cut.reason === 'interrupt') return { verdict: 'unknown', seen: 'interrupted' };
  const earlier = before === undefined ? '' : `; before that: ${before.seen}`;
  return elapsedMs === undefined
    ? { verdict: 'fail', seen: 'not tried: the deadline had passed' }
    : { verdict: 'fail', seen: `cut off by the deadline after ${formatSeconds(elapsedMs)}${earlier}` };
}
