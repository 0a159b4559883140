import { expect, it } from 'vitest';
import { formatGraph } from '../../src/inventory/graph.ts';
import { matchHosts } from '../../src/inventory/patterns.ts';
import { inventoryOf } from './inventories.ts';

const inventory = inventoryOf(`
lone
[web]
h1 x=1 l="['a', True]"
h2
[edge:children]
web
[web:vars]
v=text
`);
const { hosts } = matchHosts(inventory, 'all');

it('draws groups first, then hosts', () => {
  expect(formatGraph(inventory, { top: 'all', hosts })).toBe(`@all:
  |--@ungrouped:
  |  |--lone
  |--@edge:
  |  |--@web:
  |  |  |--h1
  |  |  |--h2
`);
});

it('draws below one group, only the given hosts, with variables as Python writes them', () => {
  const options = { top: 'edge', hosts: matchHosts(inventory, 'h1').hosts, groupVars: inventory.groupVars };
  expect(formatGraph(inventory, options)).toBe(`@edge:
  |--@web:
  |  |--h1
  |  |  |--{l = ['a', True]}
  |  |  |--{v = text}
  |  |  |--{x = 1}
  |  |--{v = text}
`);
});
