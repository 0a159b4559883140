import { expect, test } from 'vitest';
import { NO_COLOURS } from '../../../src/cli/views/colours.ts';
import { hostEndLines, type StartedOutcome } from '../../../src/cli/views/host-lines.ts';

const PROBLEM = {
  code: 'x',
  host: 'gw1',
  message: 'sudo asks for a password\nsudo: 1 try',
  remedy: 'use -K',
};
const GW1 = { host: 'gw1', attempt: 1 };

test.each([
  [{ ...GW1, kind: 'ok' }, ['ok: [gw1]']],
  [{ ...GW1, kind: 'changed', token: 't' }, ['changed: [gw1] (+3 -1, 4.1 s)']],
  [
    { ...GW1, kind: 'failed', problem: PROBLEM },
    ['fatal: [gw1]: FAILED! => sudo asks for a password', '    sudo: 1 try'],
  ],
  [
    { ...GW1, kind: 'failed', problem: { ...PROBLEM, file: 'base.hbs', line: 3, message: 'no such table' } },
    ['fatal: [gw1]: FAILED! => base.hbs:3: no such table'],
  ],
  [
    { ...GW1, kind: 'unreachable', problem: { ...PROBLEM, message: 'm' } },
    ['fatal: [gw1]: UNREACHABLE! => m'],
  ],
  [{ ...GW1, kind: 'unknown', problem: { ...PROBLEM, message: 'm' } }, ['fatal: [gw1]: STATE UNKNOWN! => m']],
  [{ ...GW1, kind: 'rolled_back', problem: { ...PROBLEM, message: 'm' } }, ['rolled back: [gw1]: m']],
  [{ ...GW1, kind: 'interrupted', problem: { ...PROBLEM, message: 'm' } }, ['interrupted: [gw1]: m']],
] satisfies [StartedOutcome, string[]][])('%j', (outcome, expected) => {
  expect(hostEndLines({ outcome, size: { added: 3, removed: 1 }, elapsedMs: 4_100 }, NO_COLOURS)).toEqual(
    expected,
  );
});

test('a change of unknown size and time is still a change', () => {
  const outcome: StartedOutcome = { ...GW1, kind: 'changed', token: 't' };
  expect(hostEndLines({ outcome, size: undefined, elapsedMs: undefined }, NO_COLOURS)).toEqual([
    'changed: [gw1]',
  ]);
});

test('rules that only move are counted where there are any', () => {
  const outcome: StartedOutcome = { ...GW1, kind: 'changed', token: 't' };
  const size = { added: 1, removed: 0, moved: 2 };
  expect(hostEndLines({ outcome, size, elapsedMs: undefined }, NO_COLOURS)).toEqual([
    'changed: [gw1] (+1 -0 ~2)',
  ]);
});
