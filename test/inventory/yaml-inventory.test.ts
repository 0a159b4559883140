import { describe, expect, it } from 'vitest';
import { Vaulted } from '../../src/sensitive.ts';
import { draftOf, inventoryOf, placesOf, varOf } from './inventories.ts';

const read = (text: string) => inventoryOf({ 'hosts.yml': text });
const draft = (text: string) => draftOf({ 'hosts.yml': text });

it('reads hosts, variables and children', () => {
  const inventory = read(`
all:
  hosts:
    h1:
    h2: {x: 1}
  children:
    a:
      hosts:
        h1:
        gw[1:2]:2222: {z: [1, two]}
      vars: {v: yes}
  vars:
    g: 0644
b:
  children: a
`);
  expect(inventory.groups.get('a')?.hosts).toEqual(['h1', 'gw1', 'gw2']);
  expect(inventory.groups.get('ungrouped')?.hosts).toEqual(['h2']);
  expect(inventory.hosts.get('gw2')?.groups).toEqual(['a', 'b']);
  expect({ ...inventory.hosts.get('gw2')?.vars }).toEqual({
    g: 420,
    v: true,
    ansible_port: 2222,
    z: [1, 'two'],
  });
});

it('follows anchors and merge keys', () => {
  const inventory = read(`
all:
  vars: &base {a: 1, b: 2}
  hosts:
    h1:
      <<: *base
      b: 3
    h2: *base
`);
  expect({ ...inventory.hosts.get('h1')?.vars }).toEqual({ a: 1, b: 3 });
  expect({ ...inventory.hosts.get('h2')?.vars }).toEqual({ a: 1, b: 2 });
});

it('takes a lone string for one host, and JSON', () => {
  expect([...read('all:\n  hosts: h1\n').hosts.keys()]).toEqual(['h1']);
  expect([...read('{"all": {"hosts": {"h1": null}}}').hosts.keys()]).toEqual(['h1']);
});

it('keeps what is encrypted apart, and !unsafe text that looks like a template', () => {
  const inventory = read(
    'all:\n  hosts:\n    h1:\n      a: !vault |\n        $ANSIBLE_VAULT;1.1\n        61\n      b: !unsafe "{{ x }}"\n',
  );
  const encrypted = varOf(inventory, 'h1', 'a');
  expect(encrypted).toBeInstanceOf(Vaulted);
  expect(encrypted).toMatchObject({
    ciphertext: '$ANSIBLE_VAULT;1.1\n61\n',
    place: { file: 'hosts.yml', line: 4 },
  });
  expect(varOf(inventory, 'h1', 'b')).toEqual({ __ansible_unsafe: '{{ x }}' });
});

describe('problems', () => {
  it.each([
    ['all:\n\thosts:\n', 'hosts.yml:2 yaml-syntax'],
    ['all: {hosts: {h1: }\n', 'hosts.yml:2 yaml-syntax'],
    ['a: 1\n---\nb: 1\n', 'hosts.yml:2 yaml-syntax'],
    ['', 'hosts.yml:1 yaml-inventory'],
    ['- h1\n', 'hosts.yml:1 yaml-inventory'],
    ['plugin: aws_ec2\n', 'hosts.yml:1 inventory-plugin'],
    ['all:\n  hosts:\n    - h1\n', 'hosts.yml:3 yaml-section'],
    ['all:\n  hosts:\n    h[1:]:\n', 'hosts.yml:3 yaml-host'],
    ['all:\n  hosts:\n    10:\n', 'hosts.yml:3 yaml-host'],
    ['all:\n  hosts:\n    h1: text\n', 'hosts.yml:3 yaml-host'],
    ['all:\n  hosts:\n    h1:\n      a: {{ x }}\n', 'hosts.yml:4 yaml-key'],
    ['all:\n  hosts:\n    h1: {a: !custom 1}\n', 'hosts.yml:3 yaml-tag'],
    ['all:\n  hosts: *none\n', 'hosts.yml:2 yaml-alias'],
    ['all:\n  vars:\n    <<: text\n', 'hosts.yml:3 yaml-merge'],
    ['a:\n  children:\n    b:\n      children:\n        a:\n', 'hosts.yml:3 group-cycle'],
  ])('places the problem of %j', (text, place) => {
    expect(placesOf(draft(text), 'problems')).toEqual([place]);
  });

  it('survives an alias inside its own anchor', () => {
    expect(placesOf(draft('all:\n  vars: &v\n    a: *v\n'), 'problems')).toEqual(['hosts.yml:3 yaml-alias']);
    expect(placesOf(draft('all:\n  vars: &v\n    <<: *v\n'), 'problems')).toEqual(['hosts.yml:3 yaml-merge']);
    expect(placesOf(draft('a: &a\n  children:\n    b: *a\n'), 'problems')).toEqual([
      'hosts.yml:3 group-cycle',
    ]);
  });

  it('warns of keys that Ansible skips, with a suggestion', () => {
    const { findings } = draft('all:\n  host: {h1: }\n  hosts: {h2: }\nweb: 5\n');
    expect(findings.warnings.map(({ line, code }) => `${line} ${code}`)).toEqual([
      '2 unknown-key',
      '4 yaml-group',
    ]);
    expect(findings.warnings[0]?.remedy).toContain('"hosts"');
  });

  it('warns of a key that stands twice; the last one wins', () => {
    const text = 'all:\n  hosts:\n    h1: {a: 1}\n    h1: {a: 2}\n';
    expect(varOf(read(text), 'h1', 'a')).toBe(2);
    expect(placesOf(draft(text), 'warnings')).toEqual(['hosts.yml:4 duplicate-key']);
  });
});
