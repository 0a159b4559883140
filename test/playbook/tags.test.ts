import { expect, test } from 'vitest';
import type { Play } from '../../src/playbook/model.ts';
import { cutByTags, selectTags } from '../../src/playbook/tags.ts';

const play = (
  id: string,
  tagged: readonly (readonly string[])[],
  ofSets: readonly (readonly string[])[] = [],
): Play => ({
  id,
  name: id,
  hosts: 'all',
  families: ['ipv4'],
  vars: {},
  rules: tagged.map((tags, index) => ({ template: `${index}.hbs`, vars: {}, tags, line: index + 2 })),
  ipsets: ofSets.map((tags, index) => ({
    template: `${index}.ipset.hbs`,
    vars: {},
    tags,
    keepsMembers: false,
    line: index + 9,
  })),
  sysctls: [],
  enforce: true,
  contestedAfter: 3,
  notify: [],
  persist: true,
  conntrack: 'leave',
  scope: { kind: 'tables', keep: [] },
  rollout: {
    canary: { kind: 'none' },
    serial: [],
    order: { kind: 'inventory' },
    maxFailPercentage: 0,
    onFailure: 'stop',
    pause: [],
    confirmWithinSeconds: 60,
  },
  checks: [],
  backends: [],
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

test('templates of sets count as those of rules do', () => {
  const whole = [play('edge', [['fw']], [['fw'], ['blocklist']])];
  const left = selectTags(whole, { only: ['blocklist'] });
  expect(left.map(({ rules, ipsets }) => [rules.length, ipsets.map(({ template }) => template)])).toEqual([
    [0, ['1.ipset.hbs']],
  ]);
  expect(cutByTags(whole, left)).toMatchObject([
    {
      message:
        'the tags leave out 2 of the 3 templates of play "edge", which owns its tables and sets whole: applying it would delete what they hold',
    },
  ]);
  expect(cutByTags(whole, selectTags(whole, { skip: ['blocklist'] }))).toHaveLength(1);
  expect(cutByTags(whole, selectTags(whole, { only: ['fw', 'blocklist'] }))).toEqual([]);
});
