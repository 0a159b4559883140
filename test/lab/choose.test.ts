import { expect, test } from 'vitest';
import { chooseLab } from '../../src/lab/choose.ts';

test('the only lab is meant when none is named', () => {
  expect(chooseLab(['lab-1'], undefined, 'sluice lab down')).toBe('lab-1');
});

test('the named lab is meant', () => {
  expect(chooseLab(['lab-1', 'lab-2'], 'lab-2', 'sluice lab down')).toBe('lab-2');
});

test('with several labs and no name, the error offers each', () => {
  expect(() => chooseLab(['lab-1', 'lab-2'], undefined, 'sluice lab run --lab')).toThrow(
    'There are 2 labs: lab-1, lab-2.\n    sluice lab run --lab lab-1\n    sluice lab run --lab lab-2',
  );
});

test('an unknown name is an error, even when there is one lab only', () => {
  expect(() => chooseLab(['lab-1'], 'lab-9', 'sluice lab down')).toThrow(
    'There is no lab lab-9.\n    sluice lab down lab-1',
  );
});

test('without any lab, the error says how to make one', () => {
  expect(() => chooseLab([], undefined, 'sluice lab down')).toThrow(
    'There is no lab.\n    Make one: sluice lab up',
  );
});
