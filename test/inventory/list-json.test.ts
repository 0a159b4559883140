import { describe, expect, it } from 'vitest';
import { InventoryDraft } from '../../src/inventory/draft.ts';
import { parseHostJson, parseListJson } from '../../src/inventory/list-json.ts';
import { resolveInventory, settleGroups } from '../../src/inventory/resolve.ts';
import { placesOf, varOf } from './inventories.ts';

function read(list: unknown) {
  const draft = new InventoryDraft();
  const hostsWithoutVars = parseListJson(
    typeof list === 'string' ? list : JSON.stringify(list),
    'inv.py',
    draft,
  );
  settleGroups(draft);
  const inventory = resolveInventory(draft, { besideInventory: [], besidePlaybook: [], extraVars: {} });
  return { draft, hostsWithoutVars, inventory };
}

it('reads groups in all three shapes, and _meta', () => {
  const { inventory, hostsWithoutVars } = read({
    _meta: { hostvars: { h1: { x: 1 }, unknown: { y: 1 } } },
    web: { hosts: ['h1', 'h2'], vars: { v: 'w' }, children: ['sub'] },
    db: ['h3'],
    h4: { a: 1 },
  });
  expect([...inventory.hosts.keys()]).toEqual(['h1', 'h2', 'h3', 'h4']);
  expect(inventory.groups.get('web')?.children).toEqual(['sub']);
  expect({ ...inventory.hosts.get('h1')?.vars }).toEqual({ v: 'w', x: 1 });
  expect(varOf(inventory, 'h4', 'a')).toBe(1);
  expect(hostsWithoutVars).toEqual([]);
});

it('names the hosts to ask for where there is no _meta', () => {
  const { draft, hostsWithoutVars } = read({ web: ['h1', 'h2'], db: { hosts: ['h1'] } });
  expect(hostsWithoutVars).toEqual(['h1', 'h2']);
  parseHostJson('{"x": 5}', 'inv.py', 'h2', draft);
  parseHostJson('', 'inv.py', 'h1', draft);
  expect(draft.hosts.get('h2')?.vars.get('x')).toBe(5);
  expect(placesOf(draft, 'problems')).toEqual([]);
});

describe('problems', () => {
  it.each([
    ['no json', 'printed no JSON'],
    ['[1]', 'JSON that is no object'],
    ['{"web": {"hosts": "h1"}}', '"hosts" of group "web"'],
    ['{"web": {"hosts": [1]}}', '"hosts" of group "web"'],
    ['{"web": {"vars": [1]}}', '"vars" of group "web"'],
    ['{"web": {"children": {}}}', '"children" of group "web"'],
    ['{"_meta": {"hostvars": {"h1": 5}}, "web": ["h1"]}', '_meta.hostvars of "h1"'],
    ['{"a": {"children": ["a"]}}', 'child of itself'],
  ])('reports %s', (text, message) => {
    expect(read(text).draft.findings.problems.map((problem) => problem.message)).toEqual([
      expect.stringContaining(message),
    ]);
  });
});
