import type { Wave } from '../plan/waves.ts';
import { runUntilSettled } from './attempts.ts';
import { driftedOf, leftAlone, narrowed } from './drifted.ts';
import { gate, isFailure, mayStartNext, type WaveSoFar } from './gate.ts';
import { forwardJob, outcomeAfterUndo, type PlayPlace, undoJob, type WavePlace } from './jobs.ts';
import type { Outcome } from './outcome.ts';
import type { PlannedPlay, RolloutPlan, RunResult } from './plan.ts';
import { exitCodeOf, recap } from './recap.ts';
import { leftOutOf, type Remaining, remainingOf } from './remaining.ts';
import type { Runtime } from './runtime.ts';

/**
 * The story of a run: play after play, wave after wave, each through its gate.
 *
 * It touches the world only through the runtime and never looks at a clock, so the same story runs embedded, is
 * resumed from a journal, and is tested on a simulated fleet. After a halt or an interrupt nothing new starts; only
 * the wave that halted may be taken back. In modes `plan` and `drift` all hosts of a play are one wave, and nothing halts
 * it; so it is with a play that isn't enforced, in any mode. With `onlyDrifted`, the waves are cut anew from the hosts that a
 * comparison of all found drifted.
 *
 * Emits `play.started`, `wave.started`, `gate.decided`, `run.finished`, and a `warning` for hosts that a play goes
 * without; the runtime emits what happens to hosts.
 */
export async function rollout(plan: RolloutPlan, runtime: Runtime): Promise<RunResult> {
  const passages: Passage[] = [];
  for (const [playIndex, play] of plan.plays.entries()) {
    const hostIndex = new Map(play.hosts.map((host, index) => [host, index]));
    const mode = plan.mode === 'apply' && play.enforce === false ? 'drift' : plan.mode;
    const place = { run: plan.run, mode, playIndex, play, hostIndex };
    const lost = failedIn(passages);
    const runThis = mode === 'apply' && plan.onlyDrifted === true ? runDrifted : runPlay;
    const passage = leaving(plan, play, await runThis(place, lost, runtime));
    passages.push(passage);
    if (isTheEnd(passage)) break;
  }
  return finish(plan, passages, runtime);
}

/** How a wave or a play went: the last outcome of each of its hosts, and whether anything may follow. */
type Passage = {
  readonly outcomes: readonly Outcome[];
  readonly isHalted: boolean;
  readonly isInterrupted: boolean;
};

/** A report is no change: whoever would change, in a play that isn't enforced, counts as not started. */
function leaving({ mode }: RolloutPlan, { enforce }: PlannedPlay, passage: Passage): Passage {
  if (mode !== 'apply' || enforce !== false) return passage;
  return { ...passage, outcomes: passage.outcomes.map((outcome) => leftAlone(outcome, 'not_enforced')) };
}

/**
 * Compares all hosts of a play, over one connection each, and runs it on those that drifted. Whoever could not be compared is not
 * known to have drifted, so it spends nothing of the play's budget.
 */
async function runDrifted(place: PlayPlace, lost: ReadonlySet<string>, runtime: Runtime): Promise<Passage> {
  const { play } = place;
  const remaining = remainingOf(play, lost);
  const wave = { title: 'comparing', isCanary: false, hosts: remaining.hosts };
  announce(place, { ...remaining, waves: [wave] }, lost, runtime);
  const compared = await runWave({ ...place, mode: 'drift', wave: 0 }, wave, 0, runtime);
  const drifted = driftedOf(compared.outcomes);
  const others = compared.outcomes.flatMap((outcome) =>
    drifted.has(outcome.host)
      ? []
      : [outcome.kind === 'changed' ? leftAlone(outcome, outcome.left) : outcome],
  );
  if (isTheEnd(compared) || drifted.size === 0) return { ...compared, outcomes: others };
  const passage = await runPlay({ ...place, play: narrowed(play, drifted) }, new Set(), runtime);
  return { ...passage, outcomes: [...others, ...passage.outcomes] };
}

async function runPlay(place: PlayPlace, lost: ReadonlySet<string>, runtime: Runtime): Promise<Passage> {
  const { play, mode } = place;
  const remaining = remainingOf(play, lost);
  announce(place, remaining, lost, runtime);
  const waves = mode === 'apply' ? remaining.waves : [oneWave(remaining)];
  const outcomes: Outcome[] = [];
  for (const [index, wave] of waves.entries()) {
    if (await isInterrupted(runtime)) return { outcomes, isHalted: false, isInterrupted: true };
    const failedBefore = play.hosts.length - remaining.hosts.length + outcomes.filter(isFailure).length;
    const passage = await runWave({ ...place, wave: index + 1 }, wave, failedBefore, runtime);
    outcomes.push(...passage.outcomes);
    if (isTheEnd(passage)) return { ...passage, outcomes };
  }
  return { outcomes, isHalted: false, isInterrupted: false };
}

async function runWave(
  place: WavePlace,
  wave: Wave,
  failedBefore: number,
  runtime: Runtime,
): Promise<Passage> {
  const { play, mode, playIndex, wave: number } = place;
  const { title, isCanary, hosts } = wave;
  const sizes = { waveSize: hosts.length, playSize: play.hosts.length, failedBefore };
  const seenWith = (outcomes: readonly Outcome[]): WaveSoFar => {
    return { policy: play.policy, isCanary, ...sizes, outcomes };
  };
  runtime.emit({ type: 'wave.started', play: play.id, wave: number, title, hosts });
  const task = {
    key: `p${playIndex}.w${number}`,
    jobs: hosts.map((host) => (attempt: number) => forwardJob(place, host, attempt)),
    mayStartNext: (settled: readonly Outcome[]) => mode !== 'apply' || mayStartNext(seenWith(settled)),
  };
  const { outcomes } = await runUntilSettled(task, runtime);
  const wasInterrupted = await isInterrupted(runtime);
  if (wasInterrupted || mode !== 'apply') return { outcomes, isHalted: false, isInterrupted: wasInterrupted };

  const { decision, arithmetic } = gate(seenWith(outcomes));
  runtime.emit({ type: 'gate.decided', play: play.id, wave: number, decision, arithmetic });
  if (decision === 'roll_back_wave') return rollBackWave(place, outcomes, arithmetic, runtime);
  return { outcomes, isHalted: decision === 'halt', isInterrupted: false };
}

/** Takes back what the wave changed, the last host first. The budget has no say here: it is spent already. */
async function rollBackWave(
  place: WavePlace,
  outcomes: readonly Outcome[],
  why: string,
  runtime: Runtime,
): Promise<Passage> {
  const changes = outcomes.filter((outcome) => outcome.kind === 'changed');
  const task = {
    key: `p${place.playIndex}.w${place.wave}.undo`,
    jobs: changes.toReversed().map((change) => (attempt: number) => undoJob(place, change, attempt)),
    mayStartNext: () => true,
  };
  const undone = await runUntilSettled(task, runtime);
  const undoOf = new Map(undone.outcomes.map((outcome) => [outcome.host, outcome]));
  const after = outcomes.map((outcome) => {
    const undo = undoOf.get(outcome.host);
    return outcome.kind === 'changed' && undo !== undefined ? outcomeAfterUndo(outcome, undo, why) : outcome;
  });
  return { outcomes: after, isHalted: true, isInterrupted: undone.isInterrupted };
}

async function finish(plan: RolloutPlan, passages: readonly Passage[], runtime: Runtime): Promise<RunResult> {
  const outcomes = passages.map((passage) => passage.outcomes);
  const isHalted = passages.some((passage) => passage.isHalted);
  // An interrupt that found only hosts in flight left nothing unstarted; it was asked for all the same.
  const wasInterrupted = await isInterrupted(runtime);
  const exitCode = exitCodeOf(outcomes.flat(), wasInterrupted, isHalted, plan.mode);
  const rows = recap(plan, outcomes);
  runtime.emit({ type: 'run.finished', exitCode, halted: isHalted, recap: rows });
  return { exitCode, isHalted, isInterrupted: wasInterrupted, recap: rows };
}

/** Did a person ask the run to stop? Then no further wave starts and no gate decides: there is nobody to carry it out. */
async function isInterrupted(runtime: Runtime): Promise<boolean> {
  return (await runtime.waitSignal('interrupt', 0)) !== undefined;
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

function failedIn(passages: readonly Passage[]): ReadonlySet<string> {
  return new Set(passages.flatMap(({ outcomes }) => outcomes.filter(isFailure).map(({ host }) => host)));
}

function oneWave({ hosts }: Remaining): Wave {
  return { title: 'all hosts', isCanary: false, hosts };
}

function isTheEnd({ isHalted, isInterrupted }: Passage): boolean {
  return isHalted || isInterrupted;
}
