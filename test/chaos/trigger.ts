import type { Event } from '../../src/rollout/events.ts';
import { newestState } from './gateway.ts';
import type { PlannedFault } from './scenario.ts';
import { Missed, pause, type Stage } from './stage.ts';

/** States in the order of a run; one that was too short to be seen counts when a later one is. */
const RANKS: Readonly<Record<string, number>> = {
  prepared: 1,
  armed: 2,
  applying: 3,
  applied: 4,
  confirming: 5,
  rolling: 5,
  confirmed: 6,
  rolled_back: 6,
};

/** Waits for the fault's step, then its delay. Throws `Missed` when the run went another way. */
export async function awaitStep(
  stage: Stage,
  { step, delayMs }: PlannedFault,
  known: ReadonlySet<string>,
): Promise<void> {
  if (step.kind === 'event') await awaitEvent(stage, step.name);
  else await awaitState(stage, step.name, known);
  await pause(delayMs);
}

async function awaitEvent({ controller }: Stage, name: string): Promise<void> {
  const came = new Promise<void>((resolve) => {
    controller.onEvent((event: Event) => {
      if (event.type === name) resolve();
    });
  });
  const over = controller.ended.then(() => {
    throw new Missed(`no ${name}`);
  });
  await Promise.race([came, over]);
}

async function awaitState(
  { controller, gateway }: Stage,
  name: string,
  known: ReadonlySet<string>,
): Promise<void> {
  for (;;) {
    const isOver = controller.isOver();
    const state = newestState(gateway, known);
    if (state !== undefined && isReached(state, name)) return;
    if (isOver) throw new Missed(`no ${name}`);
    await pause(4);
  }
}

function isReached(state: string, wanted: string): boolean {
  if (wanted === 'rolling') return state === 'rolling' || state === 'rolled_back';
  if (wanted === 'confirming') return state === 'confirming' || state === 'confirmed';
  return (RANKS[state] ?? 0) >= (RANKS[wanted] ?? 99);
}
