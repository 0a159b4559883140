import { expect, test } from 'vitest';
import { NO_COLOURS } from '../../../src/cli/views/colours.ts';
import { Troubles } from '../../../src/cli/views/troubles.ts';
import type { Outcome } from '../../../src/rollout/outcome.ts';

function linesAfter(outcomes: readonly Outcome[]): readonly string[] {
  const troubles = new Troubles();
  for (const [i, outcome] of outcomes.entries()) {
    const stamp = { time: '2026-03-02T12:00:00.000Z', run: 'r1', seq: i + 1 };
    const { host, attempt } = outcome;
    troubles.note({ ...stamp, type: 'host.finished', host, play: 'p', wave: 1, attempt, outcome });
  }
  return troubles.lines(NO_COLOURS);
}

function failed(host: string, message: string, remedy: string): Outcome {
  return { host, attempt: 1, kind: 'failed', problem: { code: 'x', host, message, remedy } };
}

test('the same reason and remedy are said once, the own name apart', () => {
  const outcomes = ['gw1', 'gw2', 'gw3'].map((host) =>
    failed(host, `${host} has both backends`, `look: ssh ${host}`),
  );
  expect(linesAfter(outcomes)).toEqual([
    'failed: gw[1:3] (3 hosts)',
    '    reason: <host> has both backends',
    '    remedy: look: ssh <host>',
  ]);
});

test('what is said of all hosts alike stays as it is, where it names one of them', () => {
  const outcomes = ['gw1', 'gw2'].map((host) => failed(host, 'taken back, as gw2 drops more', 'ask gw1'));
  expect(linesAfter([...outcomes, failed('gw3', 'gw3 is gone', 'ask gw1')])).toEqual([
    'failed: gw[1:3] (3 hosts)',
    '    gw1, gw2 (2 hosts): taken back, as gw2 drops more',
    '    gw3: gw3 is gone',
    '    remedy: ask gw1',
  ]);
});

test('a host alone keeps its name', () => {
  expect(linesAfter([failed('gw1', 'gw1 is locked by gw10', 'ssh gw1')])).toEqual([
    'failed: gw1',
    '    reason: gw1 is locked by gw10',
    '    remedy: ssh gw1',
  ]);
});

test('different reasons with one remedy share it', () => {
  const outcomes = [
    failed('gw1', 'locked by anna', 'wait'),
    failed('gw2', 'locked by bob', 'wait'),
    failed('gw3', 'locked by bob', 'wait'),
  ];
  expect(linesAfter(outcomes)).toEqual([
    'failed: gw[1:3] (3 hosts)',
    '    gw1: locked by anna',
    '    gw2, gw3 (2 hosts): locked by bob',
    '    remedy: wait',
  ]);
});

test('different remedies stand apart, lines of them indented', () => {
  expect(linesAfter([failed('gw1', 'a', 'one\ntwo'), failed('gw2', 'a', '')])).toEqual([
    'failed: gw1',
    '    reason: a',
    '    remedy: one',
    '        two',
    'failed: gw2',
    '    reason: a',
  ]);
});

test('only how the last attempt ended counts', () => {
  const problem = { code: 'x', message: 'm', remedy: 'r' };
  const retried: Outcome = { host: 'gw1', attempt: 1, kind: 'interrupted', problem };
  expect(linesAfter([retried, { host: 'gw1', attempt: 2, kind: 'ok' }])).toEqual([]);
  const undone: Outcome = { host: 'gw1', attempt: 1, kind: 'rolled_back', problem };
  expect(linesAfter([{ host: 'gw1', attempt: 1, kind: 'changed', token: 't' }, undone])[0]).toBe(
    'rolled back: gw1',
  );
});

test('a name is found whole only, and taken literally', () => {
  const outcomes = ['gw1', 'a+b'].map((host) =>
    failed(host, `${host} at ${host}. (gw1.example, gw1-b, agw1, aab)`, ''),
  );
  expect(linesAfter(outcomes)).toEqual([
    'failed: a+b, gw1 (2 hosts)',
    '    reason: <host> at <host>. (gw1.example, gw1-b, agw1, aab)',
  ]);
});
