import { expect, test } from 'vitest';
import { createView } from '../../../src/cli/views/create.ts';
import type { Event } from '../../../src/rollout/events.ts';
import { ManualClock } from './clock.ts';
import { sixGateways } from './sessions.ts';
import { show } from './show.ts';
import { Terminal } from './terminal.ts';

const KINDS = ['tty', 'plain', 'json', 'quiet'] as const;

test.each(KINDS)('%s never throws, not even when it cannot write', (kind) => {
  class Broken extends Terminal {
    override write(): boolean {
      throw new Error('EPIPE');
    }
  }
  const screen = { stream: new Broken(80, 24), colour: true, verbosity: 1, diff: true };
  const view = createView(kind, screen, new ManualClock());
  for (const event of sixGateways()) view.event(event);
  view.close();
});

test.each(['tty', 'plain', 'quiet'] as const)('%s says when it cannot show an event', (kind) => {
  const broken = { ...sixGateways()[1], hosts: undefined } as unknown as Event;
  expect(show(kind, [broken]).raw).toContain('could not show play.started (TypeError');
});
