import { describe, expect, it } from 'vitest';
import type { Value } from '../../../src/inventory/model.ts';
import type { Sensitive } from '../../../src/sensitive.ts';
import { draftOf, inventoryOf, placesOf } from '../inventories.ts';

const HOSTS = [
  "gw1 env=prod region=eu-west size=3 tags=\"['web', 'db']\" os=\"{'family': 'debian', 'arch': ''}\"",
  'gw2.example.com env=lab size=7 site="{{ env }}-{{ inventory_hostname_short }}"',
  '[edge]',
  'gw1',
  'gw3 env=',
  '[edge:vars]',
  'role=edge',
].join('\n');

const CONSTRUCTED = 'plugin: constructed\n';
const built = (text: string, more: Readonly<Record<string, string>> = {}) =>
  inventoryOf({ '1-hosts': HOSTS, '2-built.yml': CONSTRUCTED + text, ...more });

/** The groups that a file adds, with their hosts and children. */
function groupsOf(text: string): Readonly<Record<string, string>> {
  const known = ['all', 'ungrouped', 'edge'];
  const added = [...built(text).groups.values()].filter(({ name }) => !known.includes(name));
  return Object.fromEntries(
    added.map(({ name, hosts, children }) => [
      name,
      [...hosts, ...children.map((child) => `@${child}`)].join(' '),
    ]),
  );
}

describe('compose', () => {
  const composed = (expression: string, host = 'gw1'): Value | undefined =>
    built(`compose:\n  x: ${expression}\n`).hosts.get(host)?.vars.x;

  it.each<[string, Value | undefined]>([
    ['env', 'prod'],
    ['size', 3],
    ['size + 1', '4'],
    ['tags', ['web', 'db']],
    ['os.family', 'debian'],
    ["env ~ '_' ~ region", 'prod_eu-west'],
    ['inventory_hostname', 'gw1'],
    // The source's own section for hosts without a group is one until all sources are read.
    ['group_names', ['edge', 'ungrouped']],
    ['role', 'edge'],
    ['5', '5'],
    ['nowhere', undefined],
    ['nowhere | default("d")', 'd'],
    ['env + size', undefined],
    ['hostvars["gw1"].env', undefined],
  ])('%s is %j', (expression, expected) => {
    expect(composed(expression)).toEqual(expected);
  });

  it('resolves the templates of what it refers to', () => {
    expect(composed('site', 'gw2.example.com')).toBe('lab-gw2');
  });

  it('comes before groups and keyed groups, which see it', () => {
    expect(
      groupsOf(
        "compose:\n  x: env ~ 1\ngroups:\n  g: x == 'prod1'\nkeyed_groups:\n  - key: x\n    prefix: k\n",
      ),
    ).toEqual({
      g: 'gw1',
      k_prod1: 'gw1',
      k_lab1: 'gw2.example.com',
      k_1: 'gw3',
    });
  });

  it('sees the hosts of the sources before it alone, and not the variables of group_vars', () => {
    const inventory = inventoryOf(
      { '1-built.yml': `${CONSTRUCTED}compose:\n  x: "'seen'"\n  y: later\n`, '2-hosts': HOSTS },
      { besideInventory: [{ groups: new Map([['all', { later: 1 }]]), hosts: new Map() }] },
    );
    expect(inventory.hosts.get('gw1')?.vars.x).toBeUndefined();
    expect(inventory.hosts.get('gw1')?.vars.y).toBeUndefined();
  });
});

describe('groups', () => {
  it.each<[string, string | undefined]>([
    ["env == 'prod'", 'gw1'],
    ['size > 2 and size < 9', 'gw1 gw2.example.com'],
    ['"web" in tags', 'gw1'],
    ['region is defined', 'gw1'],
    ['region is not defined', 'gw2.example.com gw3'],
    ["'edge' in group_names", 'gw1 gw3'],
    ['not (env)', 'gw3'],
    ['inventory_hostname in ["gw1", "gw3"]', 'gw1 gw3'],
    ['true', 'gw1 gw2.example.com gw3'],
    ['false', undefined],
  ])('%s holds for %s', (condition, hosts) => {
    expect(groupsOf(`groups:\n  a-b: >-\n    ${condition}\n`)).toEqual(
      hosts === undefined ? {} : { a_b: hosts },
    );
  });
});

describe('keyed_groups', () => {
  // As ansible-inventory 2.14.18 names them.
  it.each<[string, Readonly<Record<string, string>>]>([
    ['key: env', { _prod: 'gw1', _lab: 'gw2.example.com' }],
    ['key: env\n    prefix: env', { env_prod: 'gw1', env_lab: 'gw2.example.com' }],
    ['key: env\n    prefix: e\n    separator: "-"', { e_prod: 'gw1', e_lab: 'gw2.example.com' }],
    ['key: env\n    default_value: none', { _prod: 'gw1', _lab: 'gw2.example.com', _none: 'gw3' }],
    ['key: region\n    prefix: r', { r_eu_west: 'gw1' }],
    ['key: tags\n    prefix: tag', { tag_web: 'gw1', tag_db: 'gw1' }],
    ['key: os\n    prefix: os', { os_family_debian: 'gw1', os_arch_: 'gw1' }],
    ['key: os\n    prefix: os\n    trailing_separator: false', { os_family_debian: 'gw1', os_arch: 'gw1' }],
    ['key: os\n    prefix: os\n    default_value: any', { os_family_debian: 'gw1', os_arch_any: 'gw1' }],
    ['key: role\n    prefix: 9', { __edge: 'gw1 gw3' }],
    ['key: role\n    parent_group: roles', { _edge: 'gw1 gw3', roles: '@_edge' }],
    ['key: nowhere', {}],
  ])('%s', (keyed, expected) => {
    expect(groupsOf(`keyed_groups:\n  - ${keyed}\n`)).toEqual(expected);
  });

  it('leaves the leading separator out where it is told to', () => {
    expect(groupsOf('leading_separator: false\nkeyed_groups:\n  - key: env\n')).toEqual({
      prod: 'gw1',
      lab: 'gw2.example.com',
    });
  });
});

describe('problems', () => {
  const problemsOf = (text: string) => draftOf({ '1-hosts': HOSTS, 'b.yml': CONSTRUCTED + text });

  it.each<[string, string]>([
    ['compose:\n  x: a | nosuch\n', 'b.yml:3 constructed-expression'],
    ["compose:\n  x: lookup('env', 'HOME')\n", 'b.yml:3 constructed-expression'],
    ['groups:\n  g: env if size else role\n', 'b.yml:3 constructed-expression'],
    ['groups:\n  g: env is match("p")\n', 'b.yml:3 constructed-expression'],
    ['keyed_groups:\n  - key: size\n', 'b.yml:3 constructed-expression'],
    [
      'keyed_groups:\n  - key: env\n    separator: ""\n    default_value: ""\n',
      'b.yml:3 constructed-expression',
    ],
    ['strict: true\ncompose:\n  x: nowhere\n', 'b.yml:4 constructed-expression'],
    ['strict: true\nkeyed_groups:\n  - key: env\n', 'b.yml:4 constructed-expression'],
    ['use_vars_plugins: true\n', 'b.yml:2 constructed-option'],
    ['use_extra_vars: yes\n', 'b.yml:2 constructed-option'],
    ['compose: [a]\n', 'b.yml:2 constructed-option'],
    ['keyed_groups: {key: env}\n', 'b.yml:2 constructed-option'],
    ['keyed_groups: [env]\n', 'b.yml:2 constructed-option'],
    ['keyed_groups:\n  - prefix: x\n', 'b.yml:3 constructed-option'],
    ['strict: maybe\n', 'b.yml:2 constructed-option'],
  ])('%j is %s, told once', (text, expected) => {
    expect(placesOf(problemsOf(text), 'problems')).toEqual([expected]);
  });

  it('names the expression, the host and the reason', () => {
    const [problem] = problemsOf('compose:\n  x: env | nosuch\n').findings.problems;
    expect(problem?.message).toBe(
      'compose.x "env | nosuch" can\'t be evaluated for gw1: the filter "nosuch" is not supported',
    );
  });

  it('warns of keys that it skips', () => {
    const draft = problemsOf('key_groups: []\nkeyed_groups:\n  - key: env\n    prefixx: e\n');
    expect(placesOf(draft, 'warnings')).toEqual(['b.yml:2 unknown-key', 'b.yml:5 unknown-key']);
    expect(draft.findings.warnings[0]?.remedy).toMatch(/^Did you mean "keyed_groups"\?/);
  });

  it.each(['built', 'built.json'])('%s is no name for it, and other plugins are none', (file) => {
    expect(placesOf(draftOf({ [file]: '{"plugin": "constructed"}' }), 'problems')).toEqual([
      `${file}:1 inventory-plugin`,
    ]);
    expect(placesOf(draftOf({ 'aws.yml': 'plugin: aws_ec2\n' }), 'problems')).toEqual([
      'aws.yml:1 inventory-plugin',
    ]);
  });

  it('passes secrets on as secrets, and shows none', () => {
    const hosts = 'gw1 ansible_password=hunter2\n';
    const file = `${CONSTRUCTED}compose:\n  ansible_become_password: ansible_password\n  note: "'is ' ~ ansible_password"\n`;
    const draft = draftOf({ '1': hosts, '2.yml': file });
    expect(draft.findings.problems).toEqual([]);
    const { vars } = inventoryOf({ '1': hosts, '2.yml': file }).hosts.get('gw1') ?? {};
    expect([vars?.ansible_become_password, vars?.note].map((value) => (value as Sensitive).reveal())).toEqual(
      ['hunter2', 'is hunter2'],
    );
    expect(JSON.stringify(vars?.note)).toBe('"[secret]"');
  });

  it.each([
    'groups:\n  edge: role == "x"\n',
    'groups:\n  edge: role\n',
    'groups:\n  edge: ansible_password is defined and ansible_password\n',
    'keyed_groups:\n  - key: role\n',
    'keyed_groups:\n  - key: "[role]"\n',
    'keyed_groups:\n  - {key: inventory_hostname, parent_group: "{{ role }}"}\n',
    'compose:\n  size: role + 1\n',
    'compose:\n  size: role | length\n',
  ])('a secret makes no group and decides on none, strict or not: %j', (text) => {
    const sources = {
      '1.yml': 'all:\n  hosts:\n    gw1: {role: !vault "$ANSIBLE_VAULT;1.1;AES256", ansible_password: x}\n',
      '2.yml': CONSTRUCTED + text,
    };
    const { findings } = draftOf(sources);
    expect(findings.problems).toMatchObject([
      {
        code: 'constructed-expression',
        file: '2.yml',
        message: expect.stringMatching(/(role|password).* of a secret is not supported/),
      },
    ]);
  });

  it('a secret is defined, and decides where that is all that counts', () => {
    const sources = {
      '1.yml': 'all:\n  hosts:\n    gw1: {role: !vault "$ANSIBLE_VAULT;1.1;AES256"}\n    gw2: {}\n',
      '2.yml': `${CONSTRUCTED}groups:\n  edge: role is defined\n`,
    };
    expect(inventoryOf(sources).groups.get('edge')?.hosts).toEqual(['gw1']);
  });
});
