import { expect, test } from 'vitest';
import type { Play } from '../../src/playbook/model.ts';
import { cutByTags, selectTags } from '../../src/playbook/tags.ts';

const play = (id: string, tagged: readonly (readonly string[])[]): Play => ({
  id,
  name: id,
  hosts: 'all',
  families: ['ipv4'],
  vars: {},
  rules: tagged.map((tags, index) => ({ template: `${index}.hbs`, vars: {}, tags, line: index + 2 })),
  rollout: {
    canary: { kind: 'none' },
    serial: [],
    maxFailPercentage: 0,
    onFailure: 'stop',
    confirmWithinSeconds: 60,
  },
  checks: [],
  file: 'site.yml',
  line: 1,
});
const plays = [play('base', [[], ['ssh']]), play('lb', [['lb'], ['lb', 'slow']])];
const selected = (choice: Parameters<typeof selectTags>[1]) =>
  selectTags(plays, choice).map(
    ({ id, rules }) => `${id}: ${rules.map(({ template }) => template).join(' ')}`,
  );

test.each([
  [{}, ['base: 0.hbs 1.hbs', 'lb: 0.hbs 1.hbs']],
  [{ only: ['lb'] }, ['lb: 0.hbs 1.hbs']],
  [{ only: ['ssh', 'slow'] }, ['base: 1.hbs', 'lb: 1.hbs']],
  [{ skip: ['lb'] }, ['base: 0.hbs 1.hbs']],
  [{ only: ['none'] }, []],
])('%j selects %j', (choice, expected) => {
  expect(selected(choice)).toEqual(expected);
});

test('a play that the tags cut is a problem; one left out whole is none', () => {
  expect(cutByTags(plays, selectTags(plays, { only: ['lb'] }))).toEqual([]);
  expect(cutByTags(plays, selectTags(plays, { only: ['slow'] }))).toMatchObject([
    {
      code: 'tags-cut-a-play',
      file: 'site.yml',
      line: 1,
      message: expect.stringContaining('leave out 1 of the 2 templates of play "lb"'),
    },
  ]);
});
