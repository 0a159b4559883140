import { describe, expect, test } from 'vitest';
import { gate, mayStartNext, type WaveSoFar } from '../../src/rollout/gate.ts';
import { outcomes } from './outcomes.ts';

type Case = {
  readonly ended: readonly string[];
  readonly max?: number;
  readonly maxFailures?: number;
  readonly isCanary?: boolean;
  readonly waveSize?: number;
  readonly failedBefore?: number;
  readonly changedBefore?: number;
  readonly playSize?: number;
  readonly onFailure?: 'rollback_wave';
  readonly decision: string;
  readonly reason: string;
  readonly arithmetic: string;
};

const proceed = { decision: 'proceed', reason: 'within_budget' };
const wave = { decision: 'halt', reason: 'wave_over_budget' };
const run = { decision: 'halt', reason: 'run_over_budget' };
const whole = { decision: 'halt', reason: 'whole_wave_failed' };
const canary = { decision: 'halt', reason: 'canary_failed', isCanary: true };
const person = { decision: 'halt', reason: 'person_needed' };

const cases: Record<string, Case> = {
  'all fine': {
    ended: ['ok', 'changed'],
    ...proceed,
    arithmetic: '0 of 2 hosts failed in this wave = 0 % ≤ max_fail_percentage 0 %',
  },
  'one fails at 0 %': {
    ended: ['changed', 'failed'],
    ...wave,
    arithmetic: '1 of 2 hosts failed in this wave = 50 % > max_fail_percentage 0 %',
  },
  'a rollback counts': {
    ended: ['changed', 'rolled_back'],
    ...wave,
    arithmetic: '1 of 2 hosts failed in this wave = 50 % > max_fail_percentage 0 %',
  },
  'unreachable counts, unlike in Ansible': {
    ended: ['ok', 'unreachable 2'],
    ...wave,
    arithmetic: '2 of 3 hosts failed (2 unreachable) in this wave = 66.67 % > max_fail_percentage 0 %',
  },
  'interrupted to the last counts': {
    ended: ['ok', 'interrupted'],
    ...wave,
    arithmetic: '1 of 2 hosts failed in this wave = 50 % > max_fail_percentage 0 %',
  },
  'not started does not count': {
    ended: ['ok', 'not_started'],
    ...proceed,
    arithmetic: '0 of 2 hosts failed in this wave = 0 % ≤ max_fail_percentage 0 %',
  },
  'the limit must be exceeded': {
    ended: ['ok 3', 'failed'],
    max: 25,
    playSize: 4,
    ...proceed,
    arithmetic: '1 of 4 hosts failed in this wave = 25 % ≤ max_fail_percentage 25 %',
  },
  'just over the limit': {
    ended: ['ok 2', 'failed'],
    max: 33,
    ...wave,
    arithmetic: '1 of 3 hosts failed in this wave = 33.33 % > max_fail_percentage 33 %',
  },
  'a third against 33.3': {
    ended: ['ok 2', 'failed'],
    max: 33.3,
    ...wave,
    arithmetic: '1 of 3 hosts failed in this wave = 33.33 % > max_fail_percentage 33.3 %',
  },
  'one of very many': {
    ended: ['ok 9999', 'failed'],
    ...wave,
    arithmetic: '1 of 10000 hosts failed in this wave = 0.01 % > max_fail_percentage 0 %',
  },
  'a wave that fails whole, at 100 %': {
    ended: ['failed 2'],
    max: 100,
    ...whole,
    arithmetic: '2 of 2 hosts failed in this wave = 100 %: a wave that fails whole always halts',
  },
  'all but one, at 100 %': {
    ended: ['failed 2', 'ok'],
    max: 100,
    ...proceed,
    arithmetic: '2 of 3 hosts failed in this wave = 66.67 % ≤ max_fail_percentage 100 %',
  },
  'a wave of one that fails, at 100 %': {
    ended: ['unreachable'],
    max: 100,
    ...whole,
    arithmetic:
      '1 of 1 host failed (1 unreachable) in this wave = 100 %: a wave that fails whole always halts',
  },
  'over the run, not only the wave': {
    ended: ['ok 4', 'failed'],
    max: 20,
    failedBefore: 2,
    playSize: 10,
    ...run,
    arithmetic: "3 of the play's 10 hosts failed in this run = 30 % > max_fail_percentage 20 %",
  },
  'over the run, exactly at the limit': {
    ended: ['ok 4', 'failed'],
    max: 20,
    failedBefore: 1,
    playSize: 10,
    ...proceed,
    arithmetic:
      '1 of 5 hosts failed in this wave = 20 %, 2 of 10 in this run = 20 % ≤ max_fail_percentage 20 %',
  },
  'over the run by an earlier play alone': {
    ended: ['ok 2'],
    failedBefore: 1,
    playSize: 3,
    ...run,
    arithmetic: "1 of the play's 3 hosts failed in this run = 33.33 % > max_fail_percentage 0 %",
  },
  'within a number of failures': {
    ended: ['ok', 'failed'],
    max: 100,
    maxFailures: 2,
    failedBefore: 1,
    playSize: 9,
    ...proceed,
    arithmetic:
      '1 of 2 hosts failed in this wave = 50 %, 2 of 9 in this run = 22.22 % ≤ max_fail_percentage 100 %, 2 in this run ≤ max_failures 2',
  },
  'over a number of failures': {
    ended: ['ok', 'unreachable'],
    max: 100,
    maxFailures: 1,
    failedBefore: 1,
    playSize: 9,
    ...run,
    arithmetic: '2 hosts of the play failed in this run > max_failures 1',
  },
  'a canary that fails, whatever the limit': {
    ended: ['ok 9', 'failed'],
    max: 100,
    ...canary,
    arithmetic: '1 of 10 hosts failed in this wave = 10 %: a canary that fails always halts',
  },
  'a canary that is unreachable': {
    ended: ['unreachable'],
    max: 100,
    ...canary,
    arithmetic: '1 of 1 host failed (1 unreachable) in this wave = 100 %: a canary that fails always halts',
  },
  'a canary that is well': {
    ended: ['changed'],
    isCanary: true,
    ...proceed,
    arithmetic: '0 of 1 host failed in this wave = 0 % ≤ max_fail_percentage 0 %',
  },
  'no canary left': {
    ended: [],
    max: 50,
    isCanary: true,
    failedBefore: 1,
    playSize: 9,
    decision: 'halt',
    reason: 'canary_missing',
    arithmetic: 'no canary host is left: all failed in an earlier play',
  },
  'unknown, whatever the limit': {
    ended: ['ok 9', 'unknown'],
    max: 100,
    ...person,
    arithmetic: '1 of 10 hosts in this wave ended unknown: a person must look',
  },
  'roll back what changed': {
    ended: ['changed', 'failed'],
    onFailure: 'rollback_wave',
    ...wave,
    decision: 'roll_back_wave',
    arithmetic: '1 of 2 hosts failed in this wave = 50 % > max_fail_percentage 0 %',
  },
  'roll back, when a person is needed too': {
    ended: ['changed', 'unknown'],
    onFailure: 'rollback_wave',
    ...person,
    decision: 'roll_back_wave',
    arithmetic: '1 of 2 hosts in this wave ended unknown: a person must look',
  },
  'nothing changed, nothing to roll back': {
    ended: ['ok', 'failed'],
    onFailure: 'rollback_wave',
    ...wave,
    arithmetic: '1 of 2 hosts failed in this wave = 50 % > max_fail_percentage 0 %',
  },
  'nothing failed, nothing to roll back': {
    ended: ['changed 2'],
    onFailure: 'rollback_wave',
    ...proceed,
    arithmetic: '0 of 2 hosts failed in this wave = 0 % ≤ max_fail_percentage 0 %',
  },
};

describe('the gate', () => {
  test.each(Object.entries(cases))('%s', (_, expected) => {
    const { decision, reason, arithmetic } = expected;
    expect(gate(waveOf(expected))).toEqual({ decision, reason, arithmetic });
  });
});

describe('within a wave', () => {
  test.each<{ why: string; may: boolean } & Partial<Case>>([
    { why: 'nothing has ended yet', may: true, ended: [] },
    { why: 'the first failure at 0 %', may: false, ended: ['failed'], waveSize: 4 },
    {
      why: 'the share is of the whole wave, not of what has ended',
      may: true,
      ended: ['failed'],
      waveSize: 4,
      max: 25,
    },
    { why: 'one more than the wave may lose', may: false, ended: ['failed 2'], waveSize: 4, max: 25 },
    { why: 'the run has lost too many already', may: false, ended: [], waveSize: 4, failedBefore: 1 },
    { why: 'a canary has failed', may: false, ended: ['failed'], waveSize: 4, max: 100, isCanary: true },
    { why: 'a person must look', may: false, ended: ['unknown'], waveSize: 4, max: 100 },
    {
      why: 'failures are tolerated to the last but one',
      may: true,
      ended: ['failed 3'],
      waveSize: 4,
      max: 100,
    },
  ])('$why: may the next start? $may', ({ may, ...soFar }) => {
    expect(mayStartNext(waveOf({ ended: [], ...soFar }))).toBe(may);
  });
});

function waveOf(soFar: Pick<Case, 'ended'> & Partial<Case>): WaveSoFar {
  const { ended, max = 0, maxFailures, isCanary = false, failedBefore = 0, changedBefore = 0 } = soFar;
  const { onFailure = 'stop' } = soFar;
  const { waveSize = outcomes(...ended).length, playSize = waveSize } = soFar;
  const most = maxFailures === undefined ? {} : { maxFailures };
  const policy = { maxFailPercentage: max, ...most, onFailure } as const;
  return { policy, isCanary, waveSize, outcomes: outcomes(...ended), failedBefore, changedBefore, playSize };
}
