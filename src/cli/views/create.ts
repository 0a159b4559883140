import type { Event } from '../../rollout/events.ts';
import type { ViewKind } from './choose.ts';
import type { Clock } from './clock.ts';
import { JsonView } from './json.ts';
import { PlainView } from './plain.ts';
import { QuietView } from './quiet.ts';
import { TtyView } from './tty.ts';
import { UndoReading } from './undo-reading.ts';
import type { Screen, View } from './view.ts';
import { visibleEvent } from './visible.ts';

/**
 * Makes the view of a kind. What it prints of others' texts holds no control characters (`json` escapes them as JSON
 * does), and it never throws: a run on gateways goes on although nobody can watch it.
 */
export function createView(kind: ViewKind, screen: Screen, clock: Clock): View {
  if (kind === 'json') return new Unfailing(new JsonView(screen), screen);
  return new Unfailing(new Readable(painted(kind, screen, clock)), screen);
}

function painted(kind: Exclude<ViewKind, 'json'>, screen: Screen, clock: Clock): View {
  switch (kind) {
    case 'tty':
      return new TtyView(screen, clock);
    case 'plain':
      return new PlainView(screen, clock);
    case 'quiet':
      return new QuietView(screen);
  }
}

class Readable implements View {
  readonly #view: View;
  readonly #undo = new UndoReading();

  constructor(view: View) {
    this.#view = view;
  }

  event(event: Event): void {
    const read = this.#undo.read(event);
    if (read !== undefined) this.#view.event(visibleEvent(withoutChanges(read)));
  }

  close(): void {
    this.#view.close();
  }
}

/** A person reads a diff's text; its rules one by one, of which there may be thousands, are for programs. */
function withoutChanges(event: Event): Event {
  if (event.type !== 'plan.diff') return event;
  const { changes: _, ...read } = event;
  return read;
}

class Unfailing implements View {
  readonly #view: View;
  readonly #screen: Screen;

  constructor(view: View, screen: Screen) {
    this.#view = view;
    this.#screen = screen;
  }

  event(event: Event): void {
    this.#attempt(() => this.#view.event(event), event.type);
  }

  close(): void {
    this.#attempt(() => this.#view.close(), 'close');
  }

  #attempt(show: () => void, what: string): void {
    try {
      show();
    } catch (error) {
      this.#confess(what, error);
    }
  }

  /** Says so, where that is still possible: a view that fails silently would hide what is missing. */
  #confess(what: string, error: unknown): void {
    try {
      this.#screen.stream.write(
        `this view could not show ${what} (${error}); the run goes on, its journal is whole\n`,
      );
    } catch {
      // The stream itself is gone; whoever owns it deals with that.
    }
  }
}
