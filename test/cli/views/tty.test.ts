import { describe, expect, test } from 'vitest';
import { NO_COLOURS } from '../../../src/cli/views/colours.ts';
import { Transcript } from '../../../src/cli/views/transcript.ts';
import { TtyView } from '../../../src/cli/views/tty.ts';
import type { Event } from '../../../src/rollout/events.ts';
import { ManualClock } from './clock.ts';
import { bigFleet, canaryRollsBack, planOfFifty, sixGateways } from './sessions.ts';
import { show } from './show.ts';
import { Terminal } from './terminal.ts';

const FLEET = bigFleet(200, 25);

/** What is to remain on a terminal of that width, and nothing else. */
function remainder(events: readonly Event[], columns: number): string {
  const manner = { colours: NO_COLOURS, verbosity: 0, diff: true, everyHost: false, columns: () => columns };
  const transcript = new Transcript(manner);
  const lines = events.flatMap((event) => transcript.passages(event).flatMap((passage) => passage.lines));
  return lines
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd();
}

describe.each([
  [80, 24],
  [200, 60],
  [40, 10],
  [20, 5],
  [20, 3],
  [5, 2],
  [1, 1],
])('on %i × %i', (columns, rows) => {
  test.each([
    ['a big fleet', FLEET],
    ['a canary that fails', canaryRollsBack()],
    ['a plan', planOfFifty()],
  ])('%s: only what is worth keeping remains, whole', (_, events) => {
    const terminal = show('tty', events, { columns, rows });
    expect(terminal.text).toBe(remainder(events, columns));
    expect(terminal.isCursorHidden).toBe(false);
  });
});

test('at most eight hosts are shown at once', () => {
  let most = 0;
  show('tty', FLEET, {
    each: ({ terminal }) => {
      most = Math.max(most, terminal.screen.filter((line) => /^ {2}gw-\d/.test(line)).length);
    },
  });
  expect(most).toBe(8);
});

test.each([25, 50])('200 hosts, %i at once, cost little to show', (forks) => {
  expect(show('tty', bigFleet(200, forks), { colour: true }).bytes).toBeLessThan(60_000);
});

test('a flood of events is a handful of frames', () => {
  const events = FLEET.map((event) => ({ ...event, time: '2026-03-02T12:00:00.000Z' }));
  const { raw } = show('tty', events);
  expect(raw.split('\x1b[?2026h').length - 1).toBeLessThanOrEqual(3);
});

function started(): { view: TtyView; terminal: Terminal; clock: ManualClock } {
  const terminal = new Terminal(80, 24);
  const clock = new ManualClock();
  const view = new TtyView({ stream: terminal, colour: false, verbosity: 0, diff: true }, clock);
  for (const event of sixGateways().slice(0, 9)) {
    clock.moveTo(Date.parse(event.time));
    view.event(event);
  }
  return { view, terminal, clock };
}

test('the deadline counts down although nothing happens', () => {
  const { terminal, clock } = started();
  clock.moveTo(clock.now() + 2_000);
  expect(terminal.screen.join('\n')).toContain('gw1  checking, 55 s left');
  clock.moveTo(clock.now() + 55_000);
  expect(terminal.screen.join('\n')).toMatch(/gw1 {2}checking, [3-5] s left/);
});

test('the cursor is hidden while the region stands, and given back once', () => {
  const { view, terminal, clock } = started();
  expect(terminal.isCursorHidden).toBe(true);
  view.close();
  view.close();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences that hide and show the cursor.
  expect(terminal.raw.match(/\x1b\[\?25[hl]/g)).toEqual(['\x1b[?25l', '\x1b[?25h']);
  expect(terminal.text).toMatch(/WAVE \[canary: gw1\] \*+$/);
  expect([clock.pending, terminal.listenerCount('resize')]).toEqual([0, 0]);
});

test('an event after the end is too late', () => {
  const { view, terminal } = started();
  view.close();
  const { raw } = terminal;
  for (const event of sixGateways()) view.event(event);
  expect(terminal.raw).toBe(raw);
});

test('a resize is followed at once: fewer rows, narrower lines', () => {
  const { view, terminal, clock } = started();
  clock.moveTo(clock.now() + 500);
  terminal.resize(24, 5);
  expect(terminal.screen.filter((line) => line !== '')).toEqual(['canary 0/1  0:01', 'waiting=5']);
  terminal.resize(80, 24);
  clock.moveTo(clock.now() + 500);
  expect(terminal.screen.join('\n')).toMatch(/\n {2}gw1 {2}checking/);
  view.close();
  expect(terminal.text).toMatch(/WAVE \[canary: gw1\] \*+$/);
});

test('with nobody to show, nothing is drawn', () => {
  const terminal = new Terminal(80, 24);
  new TtyView({ stream: terminal, colour: false, verbosity: 0, diff: true }, new ManualClock()).close();
  expect(terminal.raw).toBe('');
});
