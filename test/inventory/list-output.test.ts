import { expect, it } from 'vitest';
import { formatHost, formatList } from '../../src/inventory/list-output.ts';
import { matchHosts } from '../../src/inventory/patterns.ts';
import { inventoryOf } from './inventories.ts';

const inventory = inventoryOf(`
[web]
b é="ü" z=1 d='{"y": 1, "x": []}'
a
[db:children]
web
[empty]
[web:vars]
inventory_dir=/tmp
`);

it('prints sorted JSON, without what is empty and what Ansible reserves', () => {
  expect(formatList(inventory, matchHosts(inventory, 'all').hosts)).toBe(`{
    "_meta": {
        "hostvars": {
            "b": {
                "d": {
                    "x": [],
                    "y": 1
                },
                "z": 1,
                "é": "ü"
            }
        }
    },
    "all": {
        "children": [
            "ungrouped",
            "db",
            "empty"
        ]
    },
    "db": {
        "children": [
            "web"
        ]
    },
    "web": {
        "hosts": [
            "b",
            "a"
        ]
    }
}
`);
});

it('shows only the given hosts', () => {
  expect(JSON.parse(formatList(inventory, matchHosts(inventory, 'a').hosts))).toEqual({
    _meta: { hostvars: {} },
    all: { children: ['ungrouped', 'db', 'empty'] },
    db: { children: ['web'] },
    web: { hosts: ['a'] },
  });
});

it("prints one host's variables", () => {
  const [host] = matchHosts(inventory, 'a').hosts;
  expect(host && formatHost(host)).toBe('{}\n');
});
