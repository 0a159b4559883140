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
  readonly hosts: readonly string[];
  readonly steps: Trace;
  readonly gate: EventOf<'gate.decided'> | undefined;
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
    return { play, isCanary, hosts: event.hosts, steps, gate, before: trace.slice(0, index) };
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
export function lastEnds(trace: Trace, play: string, of: 'forward' | 'undo'): Map<string, Outcome> {
  const ends = trace.flatMap((step) => (step.step === 'ended' && step.job.play === play ? [step] : []));
  const ofKind = ends.filter(({ job }) => (job.kind === 'undo') === (of === 'undo'));
  return new Map(ofKind.map(({ outcome }) => [outcome.host, outcome]));
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
