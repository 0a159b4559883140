import { describe, expect, it } from 'vitest';
import { JinjaFault } from '../../../src/inventory/jinja/fault.ts';
import { Scope } from '../../../src/inventory/jinja/scope.ts';
import type { Value, Vars } from '../../../src/inventory/model.ts';
import { resolvedVar } from '../../../src/inventory/resolved-vars.ts';
import { Sensitive, Vaulted } from '../../../src/sensitive.ts';
import { Unusable } from '../../../src/unusable.ts';
import { inventoryOf } from '../inventories.ts';
import { ANSWERS, VARS } from './answers.ts';

const scopeOf = (vars: Vars) =>
  new Scope({ host: 'gw1', raw: (name) => vars[name], names: () => Object.keys(vars) });

function resolve(text: Value): unknown {
  try {
    return scopeOf({ ...VARS, answer: text }).resolve('answer');
  } catch (error) {
    if (!(error instanceof JinjaFault)) throw error;
    return `${error.kind}: ${error.message}`;
  }
}

describe('as ansible-core 2.14 resolves', () => {
  it.each(ANSWERS)('%j is %j', (text, expected) => {
    expect(resolve(text)).toEqual(expected);
  });
});

describe('faults', () => {
  it.each([
    ['{{ nowhere }}', 'undefined: "nowhere" is not defined'],
    ['{{ broken }}', 'undefined: "nowhere" is not defined'],
    ['{{ map.devv }}', 'undefined: map.devv is not defined: there is no "devv"'],
    ['{{ map[name] }}', 'undefined: map[name] is not defined: there is no such key'],
    ['{{ list[9] }}', 'undefined: list[9] is not defined: the list has 3 items'],
    ['{{ name.x }}', 'undefined: name.x is not defined: it is asked of text'],
    ['{{ name + port }}', 'value: "+" can\'t work on text and a number'],
    ['{{ name < port }}', 'value: "<" can\'t work on text and a number'],
    ['{% if x %}a{% endif %}', 'unsupported: a block ({% … %}) is not supported'],
    ["{{ lookup('env', 'HOME') }}", 'unsupported: lookup() is not supported'],
    ["{{ name.split('.') }}", 'unsupported: the method split() is not supported'],
    ['{{ name.upper() }}', 'unsupported: the method upper() is not supported'],
    ['{{ map.items }}', 'unsupported: the method map.items is not supported'],
    ["{{ name | regex_replace('a', 'b') }}", 'unsupported: the filter "regex_replace" is not supported'],
    [
      "{{ list | join(attribute='x') }}",
      'unsupported: the argument attribute of the filter "join" is not supported',
    ],
    ['{{ port is divisibleby 2 }}', 'unsupported: the test "divisibleby" is not supported'],
    ['{{ port is odd }}', 'unsupported: the test "odd" is not supported'],
    ['{{ list[0:2] }}', 'unsupported: a slice is not supported'],
    ['{{ ratio + 1 }}', 'unsupported: reckoning with numbers that are not whole is not supported'],
    ["{{ '%s' % name }}", 'unsupported: "%" is not supported'],
    ['{{ name', 'unsupported: the expression can\'t be read near "the end, where "}}" is missing"'],
    ['{{ name name }}', 'unsupported: the expression can\'t be read near "name"'],
    ['{{ }}', 'unsupported: the expression can\'t be read near "the end"'],
    ['{{ name ? }}', 'unsupported: the expression can\'t be read near "? }}"'],
  ])('%s', (text, expected) => {
    expect(resolve(text)).toBe(expected);
  });

  it('shows a loop as a chain', () => {
    const scope = scopeOf({ a: '{{ b }}', b: ['{{ c.d }}'], c: { d: '{{ a }}' } });
    expect(() => scope.resolve('a')).toThrow('the templates refer to each other: a → b → c → a');
  });

  it('is not tripped by two ways to one variable', () => {
    expect(scopeOf({ a: '{{ b }}{{ b }}', b: '{{ c }}', c: 'x' }).resolve('a')).toBe('xx');
  });
});

describe('secrets', () => {
  const vault = new Vaulted('$ANSIBLE_VAULT;1.1;AES256\n61');
  const vars: Vars = { ansible_password: 'hunter2', vault_pw: vault, user: 'ada' };
  const revealed = (text: string) => {
    const value = scopeOf({ ...vars, answer: text }).resolve('answer');
    return value instanceof Sensitive && value.sealed.length === 0 ? `secret ${value.reveal()}` : value;
  };

  it.each<[string, unknown]>([
    ['{{ vault_pw }}', vault],
    ['{{ nowhere | default(vault_pw) }}', vault],
    ['{{ ansible_password }}', 'secret hunter2'],
    ['{{ user }}:{{ ansible_password }}', 'secret ada:hunter2'],
    ['{{ ansible_password | trim }}', 'secret hunter2'],
    ['{{ user ~ ansible_password }}', 'secret adahunter2'],
  ])('%s is %j', (text, expected) => {
    expect(revealed(text)).toEqual(expected);
  });

  it.each([
    ['{{ prefix }}{{ vault_pw }}', 'op-hunter3'],
    ['{{ vault_pw ~ 1 }}', 'hunter31'],
    ["{{ 'x' + vault_pw }}", 'xhunter3'],
    ["{{ [prefix, vault_pw] | join('/') }}", 'op-/hunter3'],
    ['{{ vault_pw | upper }}', 'HUNTER3'],
    ["{{ vault_pw | replace('hunter', '') }}", '3'],
    ['{{ vault_pw }}\n', 'hunter3\n'],
    ['{{ nested }}!', '-hunter3-!'],
  ])('%j is worked out when the vault has opened what it refers to', (text, expected) => {
    const sealed = new Vaulted('$ANSIBLE_VAULT;1.1;AES256\n61');
    const names = { prefix: 'op-', vault_pw: sealed, nested: '-{{ vault_pw }}-', answer: text };
    const value = scopeOf(names).resolve('answer') as Sensitive;
    expect(value.sealed).toEqual([sealed]);
    sealed.open(new Sensitive('hunter3'));
    expect([value.reveal(), value.sealed, String(value)]).toEqual([expected, [], '[secret]']);
  });

  it.each([
    '{{ vault_pw | length }}',
    '{{ vault_pw | int }}',
    '{{ vault_pw | bool }}',
    '{{ vault_pw | split }}',
    '{{ vault_pw | first }}',
    '{{ vault_pw | default(1, true) }}',
    '{{ vault_pw or 1 }}',
    '{{ 1 if vault_pw else 2 }}',
    '{{ not vault_pw }}',
    '{{ vault_pw == "hunter2" }}',
    '{{ "hunter2" in [vault_pw] }}',
    '{{ vault_pw + 1 }}',
    '{{ vault_pw * 2 }}',
    '{{ -vault_pw }}',
    '{{ vault_pw.x }}',
    '{{ {"a": 1}[vault_pw] }}',
    '{{ {vault_pw: 1} }}',
    'a list: {{ [vault_pw] }}',
    '{{ ansible_password | length }}',
    '{{ ansible_password == "hunter2" }}',
    '{{ ansible_password[0] }}',
  ])('looks into none: %s', (text) => {
    expect(() => revealed(text)).toThrow(/of a secret is not supported$/);
  });
});

describe('hosts of an inventory', () => {
  const inventory = inventoryOf({
    'hosts.ini': [
      'gw1 lan=eth1 other="{{ hostvars.gw2.lan }}" peer="{{ hostvars[\'gw2\'].ansible_host }}"',
      'gw2 ansible_host=192.0.2.2 back="{{ hostvars.gw1.lan }}" loop="{{ hostvars.gw1.loop }}"',
      '[edge]',
      'gw1 loop="{{ hostvars.gw2.loop }}"',
      'gw3.example.com',
      '[edge:vars]',
      'dev=eth0',
      'rule="on {{ dev }} of {{ inventory_hostname }} ({{ inventory_hostname_short }})"',
      'first="{{ groups[\'edge\'][0] }}"',
      'firstaddress="{{ hostvars[groups.edge[0]][\'ansible_host\'] | default(groups.edge[0]) }}"',
      'mine="{{ group_names }}"',
      'nobody="{{ hostvars.gw9.x }}"',
      'typo="{{ devv }}"',
      'chain="{{ typo }}"',
      'ansible_become_password="{{ nopw | default(\'hunter2\') | nosuch }}"',
      '[core:children]',
      'edge',
      '[core:vars]',
      'dev=eth9',
    ].join('\n'),
  });
  const read = (host: string, name: string) => {
    const owner = inventory.hosts.get(host);
    if (owner === undefined) throw new Error(host);
    const value = resolvedVar(inventory, owner, name);
    return value instanceof Unusable ? `${value.code}: ${value.message}` : value;
  };

  it.each<[string, string, unknown]>([
    ['gw3.example.com', 'rule', 'on eth0 of gw3.example.com (gw3)'],
    ['gw1', 'rule', 'on eth0 of gw1 (gw1)'],
    ['gw3.example.com', 'first', 'gw1'],
    ['gw3.example.com', 'firstaddress', 'gw1'],
    ['gw1', 'mine', ['core', 'edge']],
    ['gw1', 'peer', '192.0.2.2'],
    ['gw2', 'back', 'eth1'],
    ['gw2', 'nothing', undefined],
    [
      'gw1',
      'other',
      'undefined-variable: other can\'t be resolved: "lan" is not defined at gw2 ("{{ hostvars.gw2.lan }}", hosts.ini:1)',
    ],
    [
      'gw1',
      'nobody',
      'undefined-variable: nobody can\'t be resolved: there is no host "gw9" for hostvars ("{{ hostvars.gw9.x }}", hosts.ini:12)',
    ],
    [
      'gw1',
      'chain',
      'undefined-variable: chain → typo can\'t be resolved: "devv" is not defined ("{{ devv }}", hosts.ini:13)',
    ],
    [
      'gw1',
      'loop',
      'jinja-value: loop → loop of gw2 can\'t be resolved: the templates refer to each other: loop of gw1 → loop of gw2 → loop of gw1 ("{{ hostvars.gw1.loop }}", hosts.ini:2)',
    ],
    [
      'gw1',
      'ansible_become_password',
      "unsupported-jinja: ansible_become_password can't be resolved: its template has no value, and is not shown, because a password comes from it (hosts.ini:15)",
    ],
  ])('%s: %s', (host, name, expected) => {
    expect(read(host, name)).toEqual(expected);
  });

  it('suggests a name that is near', () => {
    const host = inventory.hosts.get('gw1');
    expect(host && resolvedVar(inventory, host, 'typo')).toMatchObject({
      remedy: expect.stringMatching(/^Did you mean "dev"\?/),
    });
  });
});
