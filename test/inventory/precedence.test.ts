import { expect, it } from 'vitest';
import type { Vars } from '../../src/inventory/model.ts';
import type { VarsFolder } from '../../src/inventory/vars-layers.ts';
import { inventoryOf, varOf } from './inventories.ts';

const folder = (
  groups: Readonly<Record<string, Vars>>,
  hosts: Readonly<Record<string, Vars>> = {},
): VarsFolder => ({
  groups: new Map(Object.entries(groups)),
  hosts: new Map(Object.entries(hosts)),
});

it('follows the order of precedence, rung by rung', () => {
  const rungs = [
    'all inline',
    'web inline',
    'all inv',
    'all play',
    'web inv',
    'web play',
    'host inline',
    'host inv',
    'host play',
    'extra',
  ];
  for (const [height, top] of rungs.entries()) {
    // Every rung up to this one sets x; the highest of them must win.
    const at = (rung: string): Vars => (rungs.indexOf(rung) <= height ? { x: rung } : {});
    const inline = (rung: string) => ('x' in at(rung) ? `x='"${rung}"'` : '');
    const lines = (rung: string) => ('x' in at(rung) ? `x="${rung}"` : '');
    const hosts = `[web]\nh1 ${inline('host inline')}\n[all:vars]\n${lines('all inline')}\n[web:vars]\n${lines('web inline')}\n`;
    const inventory = inventoryOf(hosts, {
      besideInventory: [folder({ all: at('all inv'), web: at('web inv') }, { h1: at('host inv') })],
      besidePlaybook: [folder({ all: at('all play'), web: at('web play') }, { h1: at('host play') })],
      extraVars: at('extra'),
    });
    expect(varOf(inventory, 'h1', 'x')).toBe(top);
  }
});

it('prefers the deeper group, then the priority, then the alphabetically last', () => {
  const base = '[a]\nh1\n[b]\nh1\n[a:vars]\nx=a\n[b:vars]\nx=b\n';
  expect(varOf(inventoryOf(base), 'h1', 'x')).toBe('b');
  expect(varOf(inventoryOf(`${base}[a:vars]\nansible_group_priority=10\n`), 'h1', 'x')).toBe('a');
  expect(varOf(inventoryOf(`${base}[p:children]\na\n[b:vars]\nansible_group_priority=10\n`), 'h1', 'x')).toBe(
    'a',
  );
});

it('ignores a priority in group_vars, as Ansible does', () => {
  const layers = { besideInventory: [folder({ a: { ansible_group_priority: 10 } })] };
  const inventory = inventoryOf('[a]\nh1\n[b]\nh1\n[a:vars]\nx=a\n[b:vars]\nx=b\n', layers);
  expect(varOf(inventory, 'h1', 'x')).toBe('b');
});

it('lets a later source win before a deeper group', () => {
  const layers = {
    besideInventory: [folder({ child: { x: 'child, first' } }), folder({ parent: { x: 'parent, second' } })],
  };
  expect(varOf(inventoryOf('[child]\nh1\n[parent:children]\nchild\n', layers), 'h1', 'x')).toBe(
    'parent, second',
  );
});

it('replaces mappings and lists whole', () => {
  const layers = {
    besideInventory: [folder({ a: { d: { k1: 'a', k2: 'a' }, l: [1] }, b: { d: { k1: 'b' }, l: [2] } })],
  };
  const inventory = inventoryOf('[a]\nh1\n[b]\nh1\n', layers);
  expect({ ...inventory.hosts.get('h1')?.vars }).toEqual({ d: { k1: 'b' }, l: [2] });
});

it('gives group_vars of ungrouped to hosts without a group', () => {
  const layers = { besideInventory: [folder({ ungrouped: { x: 'ungrouped' }, all: { x: 'all' } })] };
  expect(varOf(inventoryOf('h1\n', layers), 'h1', 'x')).toBe('ungrouped');
});

it('knows no variable that only JavaScript objects have', () => {
  expect(varOf(inventoryOf('h1 a=1\n'), 'h1', 'constructor')).toBeUndefined();
});
