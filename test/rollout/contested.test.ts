import { describe, expect, test } from 'vitest';
import {
  contestOf,
  type Finding,
  type Memory,
  memoryKey,
  rememberRun,
  remembersEnough,
} from '../../src/rollout/contested.ts';
import type { Event, EventBody } from '../../src/rollout/events.ts';

const FOE = 'ipv4 filter: -A INPUT -j FOE';
const ref = { host: 'gw1', play: 'edge', wave: 1, attempt: 1 };
const stamped = (body: EventBody): Event => ({ time: '2026-11-25T20:00:00.000Z', run: 'r', seq: 1, ...body });

/** The events of one run, in a word: what it found at gw1, and whether it confirmed a change. */
function run(
  found: 'clean' | 'drifted' | 'newer' | 'new',
  isConfirmed: boolean,
  rules = [FOE],
): readonly Event[] {
  const state = { clean: 'in_compliance', drifted: 'drifted', newer: 'drifted', new: 'never_managed' }[
    found
  ] as 'drifted';
  const hand =
    found === 'drifted' ? { byAnotherHand: { came: rules, went: [], moved: [], lines: rules.length } } : {};
  const compared = {
    type: 'host.compared' as const,
    ...ref,
    state,
    added: 0,
    removed: 1,
    isPlaybookNewer: false,
    notes: [],
    ...hand,
  };
  return [compared, ...(isConfirmed ? [{ type: 'host.confirmed' as const, ...ref }] : [])].map(stamped);
}

const mended = run('drifted', true);
const left = run('drifted', false);
const clean = run('clean', false);
const times = <T>(count: number, one: T): readonly T[] => Array.from({ length: count }, () => one);

/** What is remembered of gw1 from runs, the newest first. */
function findings(runs: readonly (readonly Event[])[]): readonly Finding[] {
  const memory = runs.reduce<Memory>(rememberRun, new Map());
  return memory.get(memoryKey('gw1', 'edge')) ?? [];
}

test('a rule that is moved again and again is fought over, too; older journals told of none', () => {
  const events = (byAnotherHand: object) =>
    mended.map((event) => (event.type === 'host.compared' ? { ...event, byAnotherHand } : event) as Event);
  const moves = events({ came: [], went: [], moved: [FOE], lines: 1 });
  expect(contestOf(findings(times(3, moves)), [FOE], 3)).toEqual({ mended: 3, runs: 3, rules: [FOE] });
  expect(findings([events({ came: [FOE], went: [], lines: 1 })])).toEqual([{ kind: 'mended', rules: [FOE] }]);
});

describe('a gateway that has drifted by another hand is contested', () => {
  test.each<[string, readonly (readonly Event[])[], number, object | undefined]>([
    ['not the first time', [], 3, undefined],
    ['not while it was put right less often', times(2, mended), 3, undefined],
    ['once it was put right so often', times(3, mended), 3, { mended: 3, runs: 3, rules: [FOE] }],
    [
      'with runs between that found nothing',
      [clean, mended, clean, mended, mended],
      3,
      { mended: 3, runs: 5 },
    ],
    ['not for what lies more than ten runs back', [...times(8, clean), ...times(3, mended)], 3, undefined],
    [
      'still, however often it was left alone since',
      [...times(30, left), ...times(3, mended)],
      3,
      { mended: 3 },
    ],
    ['not for what the playbook changed', times(5, run('newer', true)), 3, undefined],
    ['not for its first apply', times(5, run('new', true)), 1, undefined],
    [
      'naming nothing when it is something else each time',
      times(3, run('drifted', true, ['x'])),
      3,
      { rules: [] },
    ],
  ])('%s', (_, runs, after, expected) => {
    const contest = contestOf(findings(runs), [FOE], after);
    if (expected === undefined) expect(contest).toBeUndefined();
    else expect(contest).toMatchObject(expected);
  });
});

test('of a gateway compared twice in a run, the look before the mending counts', () => {
  expect(findings([[...left, ...clean, ...run('drifted', true)]])).toEqual([
    { kind: 'mended', rules: [FOE] },
  ]);
});

test('no more runs are read than can matter', () => {
  const key = memoryKey('gw1', 'edge');
  const memory = (runs: readonly (readonly Event[])[]) => new Map([[key, findings(runs)]]);
  expect(remembersEnough(memory(times(9, clean)), [key])).toBe(false);
  expect(remembersEnough(memory([...times(10, clean)]), [key])).toBe(true);
  expect(remembersEnough(memory(times(20, left)), [key])).toBe(false);
  expect(remembersEnough(new Map(), [])).toBe(true);
});
