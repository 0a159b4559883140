import { describe, expect, test } from 'vitest';
import { concludeDemo } from '../../src/lab/demo-conclusion.ts';
import {
  type Attempt,
  type Expectation,
  expectBrokenSite,
  expectLockOut,
  expectNothing,
  expectRollout,
} from '../../src/lab/demo-expectations.ts';
import type { Run, RunStory } from '../../src/lab/demo-story.ts';

const GATEWAYS = ['gw1', 'gw2', 'gw3', 'gw4', 'gw5', 'gw6'];
const WAVES = [['gw1'], ['gw2', 'gw3'], ['gw4', 'gw5', 'gw6']];
const NOTHING: RunStory = {
  waves: [],
  armed: [],
  applied: [],
  confirmed: [],
  rolledBack: [],
  passed: [],
  failed: [],
};

const missed = (expectations: readonly Expectation[]) =>
  expectations.filter(({ holds }) => !holds).map(({ words }) => words);
const connections = (...counts: readonly number[]) =>
  new Map(GATEWAYS.map((name, i) => [name, counts[i] ?? 0]));

describe('the rollout', () => {
  const story = { ...NOTHING, waves: WAVES, armed: GATEWAYS, applied: GATEWAYS, confirmed: GATEWAYS };
  const good: Run = { exitCode: 0, story, connections: connections(3, 3, 3, 3, 3, 3) };

  test('holds', () => expect(missed(expectRollout(good, true))).toEqual([]));

  test.each<[string, Run, boolean, RegExp]>([
    ['an exit code', { ...good, exitCode: 2 }, true, /^exit code 0; it was 2$/],
    ['no canary', { ...good, story: { ...story, waves: [GATEWAYS] } }, true, /^gw1 was changed first/],
    [
      'a gateway left out',
      { ...good, story: { ...story, confirmed: GATEWAYS.slice(1) } },
      true,
      /^gw1 was changed/,
    ],
    ['uneven shares', good, false, /^through every gateway/],
    ['a run that left no journal', { ...good, story: NOTHING }, true, /^gw1 was changed/],
  ])('%s', (_, run, isShared, words) => {
    expect(missed(expectRollout(run, isShared))).toEqual([expect.stringMatching(words)]);
  });
});

describe('the same again', () => {
  const story = { ...NOTHING, waves: WAVES };
  const good: Run = { exitCode: 0, story, connections: connections(1, 1, 1, 1, 1, 1) };

  test('holds', () => expect(missed(expectNothing(good, []))).toEqual([]));

  test.each<[string, Run, readonly string[], RegExp]>([
    ['an exit code', { ...good, exitCode: 1 }, [], /^exit code 0; it was 1$/],
    [
      'a gateway that was changed',
      { ...good, story: { ...story, armed: ['gw4'] } },
      [],
      /^no gateway was changed$/,
    ],
    ['a run that looked at nobody', { ...good, story: NOTHING }, [], /^no gateway was changed$/],
    ['a second connection', { ...good, connections: connections(1, 1, 1, 2, 1, 1) }, [], /^one connection/],
    ['a gateway not asked', { ...good, connections: connections(1, 1, 1, 1, 1) }, [], /^one connection/],
    ['other rules', good, ['gw2 IPv6'], /^all gateways have the rules .*; other: gw2 IPv6$/],
  ])('%s', (_, run, unequal, words) => {
    expect(missed(expectNothing(run, unequal))).toEqual([expect.stringMatching(words)]);
  });
});

describe('the lock-out', () => {
  const story: RunStory = {
    ...NOTHING,
    waves: [['gw1']],
    armed: ['gw1'],
    applied: ['gw1'],
    rolledBack: [{ host: 'gw1', by: 'the gateway at its deadline' }],
    failed: ['fresh SSH connection'],
  };
  const good: Attempt = { exitCode: 2, story, connections: connections(2), unequal: [], isShared: true };

  test('holds', () => expect(missed(expectLockOut(good))).toEqual([]));

  test.each<[string, Partial<Attempt>, RegExp]>([
    ['an exit code', { exitCode: 0 }, /^exit code 2; it was 0$/],
    ['no failed connection', { story: { ...story, failed: [] } }, /^a new SSH connection/],
    ['rules that never were live', { story: { ...story, applied: [] } }, /^a new SSH connection/],
    [
      'the controller did it',
      { story: { ...story, rolledBack: [{ host: 'gw1', by: 'the controller' }] } },
      /^gw1 took the change back by itself/,
    ],
    ['nobody did', { story: { ...story, rolledBack: [] } }, /^gw1 took the change back by itself/],
    ['a connection to another gateway', { connections: connections(2, 0, 0, 1) }, /^the other five/],
    ['other rules', { unequal: ['gw1 IPv4'] }, /; other: gw1 IPv4$/],
    ['uneven shares', { isShared: false }, /^through every gateway/],
  ])('%s', (_, part, words) => {
    expect(missed(expectLockOut({ ...good, ...part }))).toEqual([expect.stringMatching(words)]);
  });
});

describe('the broken site', () => {
  const story: RunStory = {
    ...NOTHING,
    waves: [['gw1']],
    armed: ['gw1'],
    applied: ['gw1'],
    rolledBack: [{ host: 'gw1', by: 'the controller' }],
    passed: ['fresh SSH connection', 'fresh SSH connection'],
    failed: ['site answers over IPv6', 'site answers'],
  };
  const good: Attempt = { exitCode: 2, story, connections: connections(3), unequal: [], isShared: true };

  test('holds', () => expect(missed(expectBrokenSite(good))).toEqual([]));

  test.each<[string, Partial<Attempt>, RegExp]>([
    ['an exit code', { exitCode: 4 }, /^exit code 2; it was 4$/],
    ['one family alone', { story: { ...story, passed: ['fresh SSH connection'] } }, /^new SSH connections/],
    [
      'a check that passed',
      { story: { ...story, failed: ['site answers'] } },
      /^the checks of the site failed/,
    ],
    ['no rollback', { story: { ...story, rolledBack: [] } }, /^gw1 took the change back$/],
    ['other rules', { unequal: ['gw5 IPv4', 'gw6 IPv6'] }, /; other: gw5 IPv4, gw6 IPv6$/],
  ])('%s', (_, part, words) => {
    expect(missed(expectBrokenSite({ ...good, ...part }))).toEqual([expect.stringMatching(words)]);
  });
});

describe('the conclusion', () => {
  const held: Expectation = { words: 'exit code 0', holds: true };

  test('is 0 when all expectations held', () => {
    const { exitCode, text } = concludeDemo([held, held], 12);
    expect([exitCode, text]).toEqual([
      0,
      expect.stringContaining('PROVED: all 2 expectations held, in 12 s.'),
    ]);
  });

  test('is 1 when one did not, and names it', () => {
    const { exitCode, text } = concludeDemo([held, { words: 'all is equal', holds: false }], 12);
    expect(exitCode).toBe(1);
    expect(text).toContain('NOT PROVED: 1 of 2 expectations did not hold, after 12 s.');
    expect(text).toContain('✗ all is equal\n');
  });

  test('is 1 when there were none', () => {
    expect(concludeDemo([], 12).exitCode).toBe(1);
  });
});
