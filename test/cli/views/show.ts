import type { ViewKind } from '../../../src/cli/views/choose.ts';
import { createView } from '../../../src/cli/views/create.ts';
import type { Screen } from '../../../src/cli/views/view.ts';
import type { Event } from '../../../src/rollout/events.ts';
import { ManualClock } from './clock.ts';
import { Terminal } from './terminal.ts';

export type Shown = { readonly terminal: Terminal; readonly clock: ManualClock };

/** Shows recorded events in a terminal, the clock following their times. */
export function show(
  kind: ViewKind,
  events: readonly Event[],
  options: Partial<Omit<Screen, 'stream'>> & {
    columns?: number;
    rows?: number;
    each?: (shown: Shown) => void;
  } = {},
): Terminal {
  const { columns = 80, rows = 24, each, ...rest } = options;
  const terminal = new Terminal(columns, rows);
  const clock = new ManualClock();
  const view = createView(
    kind,
    { stream: terminal, colour: false, verbosity: 0, diff: true, ...rest },
    clock,
  );
  for (const event of events) {
    clock.moveTo(Date.parse(event.time));
    view.event(event);
    each?.({ terminal, clock });
  }
  view.close();
  return terminal;
}
