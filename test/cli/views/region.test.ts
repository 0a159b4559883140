import fc from 'fast-check';
import { createColors } from 'picocolors';
import { describe, expect, test } from 'vitest';
import { NO_COLOURS } from '../../../src/cli/views/colours.ts';
import { describeFlight, regionLines } from '../../../src/cli/views/region.ts';
import { Tally } from '../../../src/cli/views/tally.ts';
import { widthOf } from '../../../src/cli/views/width.ts';
import type { Event } from '../../../src/rollout/events.ts';
import { bigFleet, interrupted, sixGateways } from './sessions.ts';

function tallyAfter(events: readonly Event[]): Tally {
  const tally = new Tally();
  for (const event of events) tally.observe(event);
  return tally;
}

const FLEET = bigFleet(200, 25);

test('a wave in the middle, on a usual terminal', () => {
  const events = FLEET.slice(0, 400);
  const nowMs = Date.parse(events.at(-1)?.time ?? '');
  const lines = regionLines(tallyAfter(events), { columns: 80, rows: 24 }, nowMs, NO_COLOURS);
  expect(`${lines.join('\n')}\n`).toMatchInlineSnapshot(`
    "
    all hosts [#######-----------------------] 51/200  0:05
    ok=30 changed=19 unreachable=0 failed=0 rolled_back=2 waiting=127
      gw-42  checked fresh SSH connection, 55 s left
      gw-44  checked site answers, 55 s left
      gw-46  confirmed
      gw-48  confirmed
      gw-50  checked fresh SSH connection, 60 s left
      gw-51  site answers: fail, 55 s left
      gw-52  checking, 60 s left
      gw-54  checked fresh SSH connection, 60 s left
      14 more in flight
    "
  `);
});

test('which wave', () => {
  const tally = tallyAfter(sixGateways().slice(0, 20));
  expect(regionLines(tally, { columns: 80, rows: 24 }, 0, NO_COLOURS)[1]).toMatch(/^wave 1 of 2 \[-+\] 0\/2/);
});

test('an interrupt shows until the last host in flight has ended', () => {
  const events = interrupted();
  const at = events.findIndex(({ type }) => type === 'interrupt.received');
  const barAfter = (size: number) =>
    regionLines(tallyAfter(events.slice(0, size)), { columns: 80, rows: 24 }, 0, NO_COLOURS)[1];
  expect(barAfter(at)).not.toContain('stopping');
  expect(barAfter(at + 1)).toMatch(/ {2}stopping$/);
});

test('whatever the terminal, no line is as wide as it, at most half of its rows and eight hosts are taken', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: FLEET.length - 1 }),
      fc.integer({ min: 1, max: 250 }),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 0, max: 100_000 }),
      fc.boolean(),
      (at, columns, rows, laterMs, colour) => {
        const nowMs = Date.parse(FLEET[at]?.time ?? '') + laterMs;
        const tally = tallyAfter(FLEET.slice(0, at + 1));
        const lines = regionLines(tally, { columns, rows }, nowMs, createColors(colour));
        for (const line of lines) expect(widthOf(line)).toBeLessThan(columns);
        expect(lines.length).toBeLessThanOrEqual(rows / 2);
        expect(lines.filter((line) => /^ {2}gw-/.test(line)).length).toBeLessThanOrEqual(8);
      },
    ),
    { seed: 11, numRuns: 200 },
  );
});

describe('describeFlight', () => {
  test.each([
    [{ step: 'connecting', atMs: 0 }, 4_000, 'connecting'],
    [{ step: 'connecting', atMs: 0 }, 5_000, 'connecting 5 s'],
    [{ step: 'applying', atMs: 0, deadlineMs: 60_000 }, 3_000, 'applying, 55 s left'],
    [{ step: 'checking', atMs: 0, deadlineMs: 60_000 }, 51_500, 'checking, 9 s left'],
    [
      { step: 'checking', atMs: 0, deadlineMs: 60_000, lastCheck: 'checked ssh' },
      61_000,
      'checked ssh, its deadline has passed',
    ],
    [{ step: 'rolled back', atMs: 0, deadlineMs: 60_000 }, 7_000, 'rolled back 7 s'],
  ] as const)('%#', (flight, nowMs, expected) => {
    expect(describeFlight({ host: 'gw1', ...flight }, nowMs)).toBe(expected);
  });
});
