import type { StoryEvent } from '../../src/rollout/events.ts';
import type { Outcome } from '../../src/rollout/outcome.ts';
import type { PlannedPlay } from '../../src/rollout/plan.ts';
import type { Job } from '../../src/rollout/runtime.ts';
import type { Told } from './runs.ts';
import type { Step, Trace } from './simulated-runtime.ts';

/** A wave as the trace shows it: from its `wave.started` to just before the next one. */
export type WaveTold = {
  readonly play: PlannedPlay;
  readonly isCanary: boolean;
  /** A look before the play's waves. */
  readonly isLook: boolean;
  readonly hosts: readonly string[];
  readonly steps: Trace;
  readonly gate: EventOf<'gate.decided'> | undefined;
  readonly baked: EventOf<'wave.baked'> | undefined;
  /** All that happened before the wave. */
  readonly before: Trace;
};

export type EventOf<Type extends StoryEvent['type']> = Extract<StoryEvent, { readonly type: Type }>;

export function wavesTold({ plan, trace }: Told): WaveTold[] {
  const starts = trace.flatMap((step, index) =>
    isEvent(step, 'wave.started') ? [{ index, event: step.event }] : [],
  );
  return starts.map(({ index, event }, nth) => {
    const play = plan.plays.find(({ id }) => id === event.play);
    if (play === undefined) throw new Error(`no play ${event.play}`);
    const steps = trace.slice(index, starts[nth + 1]?.index);
    const isCanary = play.waves.some((wave) => wave.isCanary && wave.title === event.title);
    const gate = eventsOf(steps, 'gate.decided')[0];
    const baked = eventsOf(steps, 'wave.baked')[0];
    const isLook = event.wave === 0;
    return { play, isCanary, isLook, hosts: event.hosts, steps, gate, baked, before: trace.slice(0, index) };
  });
}

export function eventsOf<Type extends StoryEvent['type']>(trace: Trace, type: Type): EventOf<Type>[] {
  return trace.flatMap((step) => (isEvent(step, type) ? [step.event] : []));
}

export function startsOf(trace: Trace, kind?: Job['kind']): Job[] {
  return trace.flatMap((step) =>
    step.step === 'started' && (kind === undefined || step.job.kind === kind) ? [step.job] : [],
  );
}

/** The last end of each host's forward job (or undo) of one play. */
export function lastEnds(trace: Trace, play: string, of: 'forward' | 'apply' | 'undo'): Map<string, Outcome> {
  const ends = trace.flatMap((step) => (step.step === 'ended' && step.job.play === play ? [step] : []));
  const kinds: readonly string[] = of === 'forward' ? ['apply', 'plan', 'drift'] : [of];
  // A look before the waves is no end of a host.
  const ofKind = ends.filter(({ job }) => kinds.includes(job.kind) && job.wave > 0);
  return new Map(ofKind.map(({ outcome }) => [outcome.host, outcome]));
}

/** Why a wave halts its run: what its gate or its bake says but `proceed`. */
export function haltOf({ gate, baked }: WaveTold): string | undefined {
  const decisions = [gate?.decision, baked?.decision];
  return decisions.find((decision) => decision !== undefined && decision !== 'proceed');
}

/** A person said no. */
export function isAbortedIn(trace: Trace): boolean {
  const asked = trace.findLastIndex((step) => isEvent(step, 'approval.asked'));
  const next = asked === -1 ? undefined : trace[asked + 1];
  const last = trace.at(-1);
  const isHalted = last !== undefined && isEvent(last, 'run.finished') && last.event.halted;
  return next !== undefined && isHalted && (next === last || isEvent(next, 'rollback.started'));
}

export function isInterruptedIn(trace: Trace): boolean {
  return trace.some(
    (step) =>
      step.step === 'answered' &&
      step.outcomes.some((outcome) => outcome.kind === 'not_started' && outcome.because === 'interrupted'),
  );
}

export function isEvent<Type extends StoryEvent['type']>(
  step: Step,
  type: Type,
): step is { readonly step: 'emitted'; readonly event: EventOf<Type> } {
  return step.step === 'emitted' && step.event.type === type;
}
