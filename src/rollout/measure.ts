import type { DropsWatch } from '../playbook/model.ts';
import { measureJob, type WavePlace } from './jobs.ts';
import type { DropRate, Outcome } from './outcome.ts';
import type { Runtime } from './runtime.ts';

/** By host, what its rules drop; or why it could not be told. */
export type Measured = ReadonlyMap<string, readonly DropRate[] | Outcome>;

/** Measures what the rules of some hosts drop. */
export async function measured(
  place: WavePlace,
  hosts: readonly string[],
  side: 'before' | 'after',
  drops: DropsWatch,
  runtime: Runtime,
): Promise<Measured> {
  const jobs = hosts.map((host) => measureJob(place, host, side, drops));
  const outcomes = await runtime.runHosts(
    `p${place.playIndex}.w${place.wave}.drops.${side}`,
    jobs,
    () => true,
  );
  return new Map(
    outcomes.map((outcome) => [
      outcome.host,
      outcome.kind === 'ok' && outcome.drops !== undefined ? outcome.drops : outcome,
    ]),
  );
}
