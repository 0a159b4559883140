import type { Wave } from '../plan/waves.ts';
import { approval } from './approval.ts';
import { driftedOf, leftAlone, narrowed } from './drifted.ts';
import { isFailure } from './gate.ts';
import { type PlayPlace, placeOf, type WavePlace } from './jobs.ts';
import { type End, isInterrupted, type Passage, through, type WaveRecord } from './passage.ts';
import type { PlannedPlay, RolloutPlan, RunResult } from './plan.ts';
import { exitCodeOf, recap } from './recap.ts';
import { leftOutOf, type Remaining, remainingOf } from './remaining.ts';
import type { Runtime } from './runtime.ts';
import { takeBack } from './take-back.ts';
import { runWave } from './wave.ts';

/**
 * The story of a run: play after play, wave after wave, each through its gate, its bake and, where the play says so, a person's
 * approval.
 *
 * It touches the world only through the runtime and never looks at a clock, so the same story runs embedded, is
 * resumed from a journal, and is tested on a simulated fleet. After a halt or an interrupt nothing new starts; only
 * what was confirmed may be taken back. In modes `plan`, `drift` and `verify` all hosts of a play are one wave, and nothing halts
 * it; so it is with a play that isn't enforced, in any mode. With `onlyDrifted`, the waves are cut anew from the hosts that a
 * comparison of all found drifted.
 *
 * Emits `play.started`, `run.finished`, and a `warning` for hosts that a play goes without, and what its waves emit; the runtime
 * emits what happens to hosts.
 */
export async function rollout(plan: RolloutPlan, runtime: Runtime): Promise<RunResult> {
  const told: WaveRecord[] = [];
  let end: End = { kind: 'through' };
  for (const [playIndex, play] of plan.plays.entries()) {
    const mode = plan.mode === 'apply' && play.enforce === false ? 'drift' : plan.mode;
    const place = placeOf({ ...plan, mode }, playIndex, play);
    const isLast = playIndex === plan.plays.length - 1;
    const passage = leaving(plan, play, await runPlay(place, plan, { told, isLast }, runtime));
    told.push(...passage.records);
    end = passage.end;
    if (end.kind !== 'through') break;
  }
  const records =
    end.kind === 'halted' && end.takeBackAll !== undefined
      ? await takeBack(told, 'run', end.takeBackAll, runtime)
      : told;
  return finish(plan, records, end, runtime);
}

/** What a play needs to know of the run around it. */
type Surroundings = { readonly told: readonly WaveRecord[]; readonly isLast: boolean };

async function runPlay(
  place: PlayPlace,
  plan: RolloutPlan,
  around: Surroundings,
  runtime: Runtime,
): Promise<Passage> {
  const { play, mode } = place;
  const lost = failedIn(around.told);
  const isPaused = mode === 'apply' && play.policy.pause.includes('after_check');
  if (mode === 'apply' && plan.onlyDrifted === true)
    return runDrifted(place, { ...around, lost, isPaused }, runtime);
  if (!isPaused) return runWaves(place, around, lost, runtime);
  const looked = await look({ ...place, mode: 'plan' }, lost, runtime);
  if (looked.outcomes.every(({ kind }) => kind === 'ok')) return looked;
  const end =
    looked.end.kind === 'through' ? await approval({ ...place, wave: 0 }, 'check', runtime) : looked.end;
  // Nothing was changed by the look, and who would change has not begun.
  return end.kind === 'through' ? runWaves(place, around, lost, runtime) : { records: [], end };
}

/**
 * Compares all hosts of a play, over one connection each, and runs it on those that drifted. Whoever could not be compared is not
 * known to have drifted, so it spends nothing of the play's budget.
 */
async function runDrifted(
  place: PlayPlace,
  around: Surroundings & { readonly lost: ReadonlySet<string>; readonly isPaused: boolean },
  runtime: Runtime,
): Promise<Passage> {
  const { outcomes, place: compared, end } = await look({ ...place, mode: 'drift' }, around.lost, runtime);
  const drifted = driftedOf(outcomes);
  const others = outcomes.flatMap((outcome) =>
    drifted.has(outcome.host)
      ? []
      : [outcome.kind === 'changed' ? leftAlone(outcome, outcome.left) : outcome],
  );
  const records = [{ place: compared, outcomes: others }];
  if (end.kind !== 'through' || drifted.size === 0) return { records, end };
  const asked = around.isPaused ? await approval(compared, 'check', runtime) : through;
  if (asked.kind !== 'through') return { records, end: asked };
  const chosen = { ...place, play: narrowed(place.play, drifted) };
  const passage = await runWaves(chosen, around, new Set(), runtime);
  return { ...passage, records: [...records, ...passage.records] };
}

/** Asks all hosts of a play how they stand, over one connection each, as a wave before its waves. */
async function look(
  place: PlayPlace,
  lost: ReadonlySet<string>,
  runtime: Runtime,
): Promise<Passage & WaveRecord> {
  const remaining = remainingOf(place.play, lost);
  const wave: Wave = { title: 'comparing', isCanary: false, hosts: remaining.hosts };
  announce(place, { ...remaining, waves: [wave] }, lost, runtime);
  const here = { ...place, wave: 0 };
  const passage = await runWave(here, wave, [], runtime);
  return { ...passage, place: here, outcomes: passage.records.flatMap(({ outcomes }) => outcomes) };
}

async function runWaves(
  place: PlayPlace,
  { told, isLast }: Surroundings,
  lost: ReadonlySet<string>,
  runtime: Runtime,
): Promise<Passage> {
  const { play } = place;
  const remaining = remainingOf(play, lost);
  announce(place, remaining, lost, runtime);
  const waves = place.mode === 'apply' ? remaining.waves : [oneWave(remaining)];
  const before = { lost: play.hosts.length - remaining.hosts.length, told };
  const records: WaveRecord[] = [];
  for (const [index, wave] of waves.entries()) {
    if (await isInterrupted(runtime)) return { records, end: { kind: 'interrupted' } };
    const wavePlace: WavePlace = { ...place, wave: index + 1 };
    const passage = await runWave(wavePlace, wave, records, runtime, before);
    records.push(...passage.records);
    if (passage.end.kind !== 'through') return { records, end: passage.end };
    const isTheEnd = isLast && index === waves.length - 1;
    const asked = isTheEnd ? through : await pauseAfter(wavePlace, wave, runtime);
    if (asked.kind !== 'through') return { records, end: asked };
  }
  return { records, end: through };
}

async function pauseAfter(place: WavePlace, wave: Wave, runtime: Runtime): Promise<End> {
  const { mode, play } = place;
  const { pause } = play.policy;
  if (mode !== 'apply') return through;
  if (wave.isCanary && pause.includes('after_canary')) return approval(place, 'canary', runtime);
  return pause.includes('after_wave') ? approval(place, 'wave', runtime) : through;
}

/** A report is no change: whoever would change, in a play that isn't enforced, counts as not started. */
function leaving({ mode }: RolloutPlan, { enforce }: PlannedPlay, passage: Passage): Passage {
  if (mode !== 'apply' || enforce !== false) return passage;
  const records = passage.records.map((record) => ({
    ...record,
    outcomes: record.outcomes.map((outcome) => leftAlone(outcome, 'not_enforced')),
  }));
  return { ...passage, records };
}

async function finish(
  plan: RolloutPlan,
  records: readonly WaveRecord[],
  end: End,
  runtime: Runtime,
): Promise<RunResult> {
  const outcomes = plan.plays.map((_, index) =>
    records.filter(({ place }) => place.playIndex === index).flatMap((record) => record.outcomes),
  );
  const isHalted = end.kind === 'halted';
  // An interrupt that found only hosts in flight left nothing unstarted; it was asked for all the same.
  const wasInterrupted = await isInterrupted(runtime);
  const waitsFor = end.kind === 'waiting' && !wasInterrupted ? end.name : undefined;
  const ended = { isInterrupted: wasInterrupted, isHalted, isWaiting: waitsFor !== undefined };
  const exitCode = exitCodeOf(outcomes.flat(), ended, plan.mode);
  const rows = recap(plan, outcomes);
  const waiting = waitsFor === undefined ? {} : { waiting: waitsFor };
  runtime.emit({ type: 'run.finished', exitCode, halted: isHalted, ...waiting, recap: rows });
  return { exitCode, ...ended, recap: rows };
}

function announce(
  { play }: PlayPlace,
  { hosts, waves }: Remaining,
  lost: ReadonlySet<string>,
  runtime: Runtime,
): void {
  const shown = waves.map((wave) => ({ title: wave.title, hosts: wave.hosts }));
  const reports = play.enforce === false ? { enforce: false as const } : {};
  runtime.emit({ type: 'play.started', play: play.id, name: play.name, hosts, waves: shown, ...reports });
  const problem = leftOutOf(play, lost);
  if (problem !== undefined) runtime.emit({ type: 'warning', problem });
}

function failedIn(records: readonly WaveRecord[]): ReadonlySet<string> {
  return new Set(records.flatMap(({ outcomes }) => outcomes.filter(isFailure).map(({ host }) => host)));
}

function oneWave({ hosts }: Remaining): Wave {
  return { title: 'all hosts', isCanary: false, hosts };
}
