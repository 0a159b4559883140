import type { EventBody } from './events.ts';
import type { Runtime } from './runtime.ts';

/** What the story emits. It has no clock: the runtime adds to `run.finished` how long the run took, as it adds the stamp. */
export type StoryEvent = Exclude<EventBody, RunFinished> | Omit<RunFinished, 'elapsedMs'>;

/** A runtime that completes what the story emits. */
export type StoryRuntime = Omit<Runtime, 'emit'> & { readonly emit: (event: StoryEvent) => void };

type RunFinished = Extract<EventBody, { readonly type: 'run.finished' }>;
