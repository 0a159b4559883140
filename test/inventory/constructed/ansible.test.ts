import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effort, withoutAnsible } from '../ansible/ansible.ts';
import { compareWithAnsible } from '../ansible/compare.ts';

const value = fc.constantFrom<unknown>(
  'prod',
  'lab',
  'eu-west 1',
  '',
  'True',
  '5',
  5,
  0,
  true,
  false,
  null,
  ['web', 'db'],
  ['', 'x y'],
  [],
  { os: 'debian', arch: '' },
  {},
);
/** These refer to variables that hold no templates: a loop costs Ansible a second. */
const template = fc.constantFrom('{{ env }}', '{{ env }}-{{ region | default("none") }}', '{{ nowhere }}');
const anyValue = fc.oneof({ weight: 3, arbitrary: value }, template);
const vars = fc.record(
  { env: value, region: value, size: anyValue, tags: anyValue, role: anyValue, alias: anyValue },
  { requiredKeys: [] },
);
const hosts = fc.dictionary(fc.constantFrom('gw1', 'gw2.example.com', 'db-1', '192.0.2.7'), vars, {
  minKeys: 1,
});
const group = fc.record({ hosts, vars }, { requiredKeys: ['hosts'] });
const base = fc.record({
  all: fc.record(
    { vars, hosts, children: fc.dictionary(fc.constantFrom('edge', 'core', 'dc_1'), group) },
    { requiredKeys: [] },
  ),
});

const expression = fc.constantFrom(
  'env',
  'region',
  'size',
  'tags',
  'role',
  'alias',
  'env ~ "_" ~ region',
  'env == "prod"',
  'env != region',
  '"web" in tags',
  'size > 3',
  'size is defined and size',
  'env is not defined',
  'tags.os',
  'tags["arch"] | default("amd64")',
  'tags[0]',
  'inventory_hostname',
  'inventory_hostname_short',
  'group_names',
  '"edge" in group_names',
  'inventory_hostname.x',
  'not role',
  '(env | default("")) in ["prod", "lab"]',
  'role | default(env, true) | upper',
  'region | replace("-", "_") | lower',
  'tags | join("-")',
  'size | int + 1',
  'env if size else region',
  'composed',
  'true',
  '5',
);
/** Ansible can't read an inline if as a condition, and passes over it in silence. */
const condition = expression.filter((text) => !text.includes(' if '));
const keyed = fc.record(
  {
    key: expression,
    prefix: fc.constantFrom('', 'p', 'a b', '9'),
    separator: fc.constantFrom('', '-', '__'),
    parent_group: fc.constantFrom('parents', 'by {{ env }}', 'by_{{ nowhere }}'),
    default_value: fc.constantFrom('none', ''),
  },
  { requiredKeys: ['key'] },
);
const keyedOrTrailing = fc.oneof(
  keyed,
  fc.record(
    { key: expression, prefix: fc.constantFrom('t'), trailing_separator: fc.boolean() },
    { requiredKeys: ['key'] },
  ),
);
const constructed = fc.record(
  {
    plugin: fc.constantFrom('constructed', 'ansible.builtin.constructed'),
    strict: fc.boolean(),
    compose: fc.dictionary(fc.constantFrom('composed', 'env', 'ansible_host'), expression, { maxKeys: 2 }),
    groups: fc.dictionary(fc.constantFrom('chosen', 'ed ge', 'edge'), fc.oneof(condition, fc.boolean()), {
      maxKeys: 2,
    }),
    keyed_groups: fc.array(keyedOrTrailing, { maxLength: 2 }),
    leading_separator: fc.boolean(),
  },
  { requiredKeys: ['plugin'] },
);

describe.skipIf(withoutAnsible !== undefined)(
  `Ansible${withoutAnsible === undefined ? '' : ` (SKIPPED: ${withoutAnsible})`}`,
  () => {
    it('constructs the same groups and variables from generated files', { timeout: 600_000 }, async () => {
      const generated = fc.sample(fc.record({ base, constructed }), { numRuns: 100 * effort, seed: 14 });
      const cases = generated.map((one) => ({
        files: {
          // JSON is YAML. The marker keeps Ansible from reading a file that its plugin refused as an INI inventory.
          'inventory/1-base.yml': JSON.stringify(one.base),
          'inventory/2-constructed.yml': `---\n${JSON.stringify(one.constructed)}`,
        },
        sources: ['inventory'],
      }));
      const { different, read } = await compareWithAnsible(cases);
      expect(different.slice(0, 5)).toEqual([]);
      expect(read).toBeGreaterThan(cases.length / 2);
    });
  },
);
