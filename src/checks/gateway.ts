import type { Remote, RemoteCommand, RemoteResult } from '../remote.ts';
import { within } from './limit.ts';
import { formatSeconds, oneLine, type Sight } from './sight.ts';

/** How much longer than the far tool we wait, so that its own time-out gets to say what it met. */
const GRACE_MS = 3_000;

export type Exited = Extract<RemoteResult, { kind: 'exited' }>;

/** Whole seconds, as every `nc -w`, `curl -m` and `timeout` takes them; at least one. */
export function wholeSeconds(limitMs: number): number {
  return Math.max(1, Math.ceil(limitMs / 1000));
}

/** Runs a probe on the gateway and reads its result; a probe that did not come to its end is a sight of its own. */
export async function probeFrom(
  gateway: Remote,
  command: RemoteCommand,
  limitMs: number,
  cut: AbortSignal,
  read: (result: Exited) => Sight,
): Promise<Sight | 'cut'> {
  const waitMs = wholeSeconds(limitMs) * 1000 + GRACE_MS;
  const result = await within(waitMs, cut, (signal) => gateway.run(command, signal));
  if (result === 'cut') return result;
  if (result === 'timed out')
    return { verdict: 'fail', seen: `no answer from the gateway within ${formatSeconds(waitMs)}` };
  switch (result.kind) {
    case 'exited':
      return read(result);
    case 'signalled':
      return { verdict: 'unknown', seen: `killed by ${result.signal} on the gateway` };
    case 'lost':
      return {
        verdict: 'fail',
        seen: `connection to the gateway was lost: ${oneLine(result.reason)}`,
        isFinal: true,
      };
  }
}

/** The verdict where a gateway has nothing to look with. */
export function noTool(tools: string): Sight {
  return { verdict: 'unknown', seen: `no tool on the gateway: install one of ${tools}`, isFinal: true };
}
