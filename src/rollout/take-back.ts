import { runUntilSettled } from './attempts.ts';
import { type Extent, outcomeAfterUndo, undoJob } from './jobs.ts';
import { isChange, type WaveRecord } from './passage.ts';
import type { Runtime } from './runtime.ts';

/**
 * Takes back what some waves have confirmed: the newest wave first, and in it the last host; so those that must be apart stay so.
 * One that fails to go back is named in its outcome, and the others go on. An interrupt leaves the rest as it is.
 *
 * Emits `rollback.started` for each wave that changed something.
 */
export async function takeBack(
  records: readonly WaveRecord[],
  extent: Extent,
  why: string,
  runtime: Runtime,
): Promise<readonly WaveRecord[]> {
  const after = [...records];
  for (const [index, record] of [...records.entries()].toReversed()) {
    const undone = await takeWaveBack(record, extent, why, runtime);
    after[index] = undone.record;
    if (undone.isInterrupted) break;
  }
  return after;
}

async function takeWaveBack(
  record: WaveRecord,
  extent: Extent,
  why: string,
  runtime: Runtime,
): Promise<{ readonly record: WaveRecord; readonly isInterrupted: boolean }> {
  const { place, outcomes } = record;
  const changes = place.mode === 'apply' ? outcomes.filter(isChange).toReversed() : [];
  if (changes.length === 0) return { record, isInterrupted: false };
  const { play, playIndex, wave } = place;
  const hosts = changes.map(({ host }) => host);
  runtime.emit({ type: 'rollback.started', play: play.id, wave, hosts, extent, why });
  const task = {
    key: `p${playIndex}.w${wave}.undo`,
    jobs: changes.map((change) => (attempt: number) => undoJob(place, change, attempt)),
    mayStartNext: () => true,
  };
  const undone = await runUntilSettled(task, runtime);
  const undoOf = new Map(undone.outcomes.map((outcome) => [outcome.host, outcome]));
  const after = outcomes.map((outcome) => {
    const undo = undoOf.get(outcome.host);
    return isChange(outcome) && undo !== undefined ? outcomeAfterUndo(outcome, undo, extent, why) : outcome;
  });
  return { record: { place, outcomes: after }, isInterrupted: undone.isInterrupted };
}
