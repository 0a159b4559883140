import { expect, it } from 'vitest';
import { inventoryOf, varOf } from './inventories.ts';

it('merges sources, the later one winning', () => {
  const inventory = inventoryOf({
    a: '[web]\nh1 x=1 y=1\n[web:vars]\nv=1\n',
    'b.yml': 'web: {hosts: {h1: {x: 2}, h2: }, vars: {v: 2}}\n',
  });
  expect([...inventory.hosts.keys()]).toEqual(['h1', 'h2']);
  expect({ ...inventory.hosts.get('h1')?.vars }).toEqual({ v: 2, x: 2, y: 1 });
});

it('lists all groups of a host, sorted, without all', () => {
  const inventory = inventoryOf('[z]\nh1\n[m:children]\nz\n[a:children]\nm\n');
  expect(inventory.hosts.get('h1')?.groups).toEqual(['a', 'm', 'z']);
});

it('keeps hosts in order of first appearance', () => {
  expect([...inventoryOf('[b]\nh3\nh1\n[a]\nh2\nh1\n').hosts.keys()]).toEqual(['h3', 'h1', 'h2']);
});

it("answers each group's own variables, with its priority", () => {
  const folder = { groups: new Map([['web', { y: 2 }]]), hosts: new Map() };
  const inventory = inventoryOf('[web]\nh1\n[web:vars]\nx=1\nansible_group_priority=5\n', {
    besideInventory: [folder],
  });
  expect({ ...inventory.groupVars.get('web') }).toEqual({ x: 1, y: 2, ansible_group_priority: 5 });
  expect(varOf(inventory, 'h1', 'ansible_group_priority')).toBeUndefined();
});
