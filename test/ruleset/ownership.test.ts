import { expect, test } from 'vitest';
import { foreignChains, holdsRules, isEmptyTable, userChains } from '../../src/ruleset/ownership.ts';
import { parseSave, type SavedTable } from '../../src/ruleset/save.ts';

function table(...lines: string[]): SavedTable {
  const [parsed] = parseSave(['*filter', ...lines, 'COMMIT'].join('\n')).tables;
  if (parsed === undefined) throw new Error('no table');
  return parsed;
}

test.each([
  ['nothing', [], true, false],
  [
    'built-in chains that accept, whatever they counted',
    [':INPUT ACCEPT [5:600]', ':OUTPUT ACCEPT [0:0]'],
    true,
    false,
  ],
  ['a policy', [':INPUT DROP [0:0]'], false, false],
  ['a user chain', [':INPUT ACCEPT [0:0]', ':MINE - [0:0]'], false, false],
  ['a rule', [':INPUT ACCEPT [0:0]', '[0:0] -A INPUT -j ACCEPT'], false, true],
] as const)('a table with %s', (_, lines, isEmpty, holds) => {
  expect(isEmptyTable(table(...lines))).toBe(isEmpty);
  expect(holdsRules(table(...lines))).toBe(holds);
});

test('chains are foreign when neither the play nor the last confirmed state knows them', () => {
  const live = table(':INPUT ACCEPT [0:0]', ':DOCKER - [0:0]', ':mine - [0:0]', ':old - [0:0]');
  const [desired, last] = [table(':mine - [0:0]'), table(':old - [0:0]')];
  expect(userChains(live)).toEqual(['DOCKER', 'mine', 'old']);
  expect(foreignChains(live, desired, last)).toEqual(['DOCKER']);
  expect(foreignChains(live, desired, undefined)).toEqual(['DOCKER', 'old']);
  expect(foreignChains(live, undefined, undefined)).toEqual(['DOCKER', 'mine', 'old']);
});
