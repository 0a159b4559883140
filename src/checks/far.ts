import type { RemoteCommand, RemoteResult } from '../remote.ts';
import type { Far } from './kind.ts';
import { within } from './limit.ts';
import { formatSeconds, oneLine, type Sight } from './sight.ts';
import { withSlot } from './slots.ts';

/** How much longer than the far tool we wait, so that its own time-out gets to say what it met. */
const GRACE_MS = 3_000;

export type Exited = Extract<RemoteResult, { kind: 'exited' }>;

/** Whole seconds, as every `nc -w`, `curl -m` and `timeout` takes them; at least one. */
export function wholeSeconds(limitMs: number): number {
  return Math.max(1, Math.ceil(limitMs / 1000));
}

/** Runs a probe at the far end and reads its result; a probe that did not come to its end is a sight of its own. */
export async function probeFrom(
  { remote, name, isVantage }: Far,
  command: RemoteCommand,
  limitMs: number,
  cut: AbortSignal,
  read: (result: Exited, elapsedMs: number) => Sight,
): Promise<Sight | 'cut'> {
  const waitMs = wholeSeconds(limitMs) * 1000 + GRACE_MS;
  let startedMs = performance.now();
  const result = await withSlot(remote, cut, () => {
    startedMs = performance.now();
    return within(waitMs, cut, (signal) => remote.run(command, signal));
  });
  if (result === 'cut') return result;
  if (result !== 'timed out' && result.kind === 'exited') return read(result, performance.now() - startedMs);
  if (result !== 'timed out' && result.kind === 'signalled')
    return { verdict: 'unknown', seen: `killed by ${result.signal} on ${name}` };
  const seen =
    result === 'timed out'
      ? `no answer from ${name} within ${formatSeconds(waitMs)}`
      : `connection to ${name} was lost: ${oneLine(result.reason)}`;
  if (isVantage === undefined) return { verdict: 'fail', seen, isFinal: result !== 'timed out' };
  isVantage.lost();
  return { verdict: 'unknown', seen, obstacle: 'vantage' };
}

/** The sight where there is nothing to look with. */
export function noTool({ name }: Far, tools: string): Sight {
  return {
    verdict: 'unknown',
    seen: `no tool on ${name}: install one of ${tools}`,
    isFinal: true,
    obstacle: 'tool',
  };
}
