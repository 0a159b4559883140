import type { Wave } from '../plan/waves.ts';
import { runUntilSettled } from './attempts.ts';
import { bake } from './bake.ts';
import { gate, isFailure, mayStartNext, type WaveSoFar } from './gate.ts';
import { forwardJob, type WavePlace } from './jobs.ts';
import { measured } from './measure.ts';
import type { Outcome } from './outcome.ts';
import { isChange, isInterrupted, type Passage, through, type WaveRecord } from './passage.ts';
import type { Runtime } from './runtime.ts';
import { takeBack } from './take-back.ts';

/** What came before a wave: of its play, how many hosts are lost already; of the run, everything. */
type Before = { readonly lost: number; readonly told: readonly WaveRecord[] };

/**
 * One wave: its hosts, its gate, its bake. Emits `wave.started` and `gate.decided`.
 * @param earlier the waves of the same play before it
 */
export async function runWave(
  place: WavePlace,
  wave: Wave,
  earlier: readonly WaveRecord[],
  runtime: Runtime,
  before: Before = { lost: 0, told: [] },
): Promise<Passage> {
  const { play, mode, playIndex, wave: number } = place;
  const { title, isCanary, hosts } = wave;
  const ofPlay = earlier.flatMap(({ outcomes }) => outcomes);
  const changed = [...before.told, ...earlier].flatMap(({ outcomes }) => outcomes.filter(isChange));
  const sums = {
    waveSize: hosts.length,
    playSize: play.hosts.length,
    failedBefore: before.lost + ofPlay.filter(isFailure).length,
    changedBefore: changed.length,
  };
  const seenWith = (outcomes: readonly Outcome[]): WaveSoFar => {
    return { policy: play.policy, isCanary, ...sums, outcomes };
  };
  runtime.emit({ type: 'wave.started', play: play.id, wave: number, title, hosts });
  const drops = mode === 'apply' ? play.policy.bake?.drops : undefined;
  const dropped = drops && (await measured(place, hosts, 'before', drops, runtime));
  if (dropped !== undefined && (await isInterrupted(runtime)))
    return { records: [], end: { kind: 'interrupted' } };
  const done = new Set(
    ofPlay.filter(({ kind }) => kind === 'changed' || kind === 'ok').map(({ host }) => host),
  );
  const isDone = (host: string) => done.has(host);
  const task = {
    key: `p${playIndex}.w${number}`,
    jobs: hosts.map((host) => (attempt: number) => forwardJob(place, host, attempt, isDone)),
    mayStartNext: (settled: readonly Outcome[]) => mode !== 'apply' || mayStartNext(seenWith(settled)),
  };
  const { outcomes } = await runUntilSettled(task, runtime);
  const record = { place, outcomes };
  if (await isInterrupted(runtime)) return { records: [record], end: { kind: 'interrupted' } };
  if (mode !== 'apply') return { records: [record], end: through };

  const { decision, arithmetic } = gate(seenWith(outcomes));
  runtime.emit({ type: 'gate.decided', play: play.id, wave: number, decision, arithmetic });
  if (decision !== 'proceed') return endAs(decision, arithmetic, record, runtime);
  const baked = await bake(place, outcomes, dropped, runtime);
  if (baked.kind === 'baked') return { records: [record], end: through };
  if (baked.kind === 'interrupted') return { records: [record], end: baked };
  return endAs(baked.decision, baked.arithmetic, record, runtime);
}

async function endAs(
  decision: 'halt' | 'roll_back_wave' | 'roll_back_all',
  arithmetic: string,
  record: WaveRecord,
  runtime: Runtime,
): Promise<Passage> {
  switch (decision) {
    case 'halt':
      return { records: [record], end: { kind: 'halted' } };
    case 'roll_back_all':
      return { records: [record], end: { kind: 'halted', takeBackAll: arithmetic } };
    case 'roll_back_wave': {
      // The budget has no say here: it is spent already.
      const records = await takeBack([record], 'wave', arithmetic, runtime);
      return { records, end: { kind: 'halted' } };
    }
  }
}
