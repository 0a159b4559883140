import type { WavePlace } from './jobs.ts';
import { type End, isInterrupted, through } from './passage.ts';
import type { Runtime } from './runtime.ts';

/**
 * A person says whether the run goes on: `approve`, or `abort`, which takes back all that the run has changed. Where nobody answers,
 * the run waits. Emits `approval.asked`.
 */
export async function approval(
  { play, playIndex, wave }: WavePlace,
  after: 'check' | 'canary' | 'wave',
  runtime: Runtime,
): Promise<End> {
  const name = `approval.p${playIndex}.w${wave}`;
  runtime.emit({ type: 'approval.asked', name, play: play.id, wave, after });
  const answer = await runtime.waitSignal(name, Number.POSITIVE_INFINITY);
  if (answer === 'approve') return through;
  if (answer === 'abort') return { kind: 'halted', takeBackAll: 'a person aborted the run' };
  return (await isInterrupted(runtime)) ? { kind: 'interrupted' } : { kind: 'waiting', name };
}
