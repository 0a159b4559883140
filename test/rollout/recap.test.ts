import { describe, expect, test } from 'vitest';
import { exitCodeOf, recap } from '../../src/rollout/recap.ts';
import { fleetPlan, playOf } from './fleet.ts';
import { outcome, outcomes } from './outcomes.ts';

describe('exit codes', () => {
  test.each<{
    ended: string[];
    isInterrupted?: true;
    isHalted?: true;
    isWaiting?: true;
    code: number;
    why: string;
  }>([
    { ended: [], code: 0, why: 'nothing to do' },
    { ended: ['ok', 'changed'], code: 0, why: 'done' },
    { ended: ['ok', 'failed'], code: 2, why: 'failed' },
    { ended: ['ok', 'rolled_back'], code: 2, why: 'rolled back' },
    { ended: ['ok', 'unknown'], code: 2, why: 'unknown' },
    { ended: ['ok', 'interrupted'], code: 2, why: 'interrupted to the last attempt' },
    { ended: ['ok', 'unreachable'], code: 4, why: 'unreachable, and that is the only cause' },
    {
      ended: ['unreachable', 'not_started'],
      isHalted: true,
      code: 4,
      why: 'unreachable is still the only cause when the gate halted for it',
    },
    { ended: ['failed', 'not_started'], isHalted: true, code: 2, why: 'failed, and the gate halted' },
    { ended: ['unreachable', 'failed'], code: 2, why: 'unreachable is not the only cause' },
    { ended: ['ok'], isHalted: true, code: 2, why: 'a halt is never a success' },
    { ended: ['ok'], isInterrupted: true, code: 130, why: 'interrupted' },
    {
      ended: ['failed', 'unreachable'],
      isInterrupted: true,
      isHalted: true,
      code: 130,
      why: 'interrupted, whatever else',
    },
    { ended: ['ok', 'not_started'], isWaiting: true, code: 5, why: 'waiting for a person' },
    { ended: ['failed', 'not_started'], isWaiting: true, code: 5, why: 'waiting, within the budget' },
    { ended: ['ok'], isWaiting: true, isInterrupted: true, code: 130, why: 'interrupted at the question' },
  ])('$code: $why', ({ ended, isInterrupted = false, isHalted = false, isWaiting = false, code }) => {
    const end = { isInterrupted, isHalted, isWaiting };
    expect(exitCodeOf(outcomes(...ended), end)).toBe(code);
  });
});

describe('the recap', () => {
  const zero = { ok: 0, changed: 0, unreachable: 0, failed: 0, rolledBack: 0, notStarted: 0 };

  test('one row a host in the order of the inventory, over all plays', () => {
    const plays = [playOf('edge', ['c', 'a']), playOf('core', ['a', 'b', 'c'])];
    const plan = { ...fleetPlan(plays), hosts: ['b', 'c', 'a'] };
    const ended = [
      [outcome('c', 'changed'), outcome('a', 'ok')],
      [outcome('a', 'failed'), outcome('c', 'changed')],
    ];
    expect(recap(plan, ended)).toEqual([
      { host: 'b', ...zero, notStarted: 1 },
      { host: 'c', ...zero, changed: 2 },
      { host: 'a', ...zero, ok: 1, failed: 1 },
    ]);
  });

  test('a play that never began counts as not started', () => {
    const plan = fleetPlan([playOf('edge', ['a']), playOf('core', ['a'])]);
    expect(recap(plan, [[outcome('a', 'unreachable')]])).toEqual([
      { host: 'a', ...zero, unreachable: 1, notStarted: 1 },
    ]);
  });

  test.each([
    ['ok', 'ok'],
    ['changed', 'changed'],
    ['unreachable', 'unreachable'],
    ['failed', 'failed'],
    ['unknown', 'failed'],
    ['rolled_back', 'rolledBack'],
    ['interrupted', 'rolledBack'],
    ['not_started', 'notStarted'],
  ] as const)('%s is counted as %s', (kind, column) => {
    const plan = fleetPlan([playOf('edge', ['a'])]);
    expect(recap(plan, [[outcome('a', kind)]])).toEqual([{ host: 'a', ...zero, [column]: 1 }]);
  });
});
