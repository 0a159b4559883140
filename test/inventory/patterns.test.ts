import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitHosts, matchHosts, matchParts, noHostsProblem } from '../../src/inventory/patterns.ts';
import { inventoryOf } from './inventories.ts';

const inventory = inventoryOf(`
lone
2001:db8::7
[web]
web1
web2
web3
[db]
db1
db2
[edge:children]
web
db
[live]
web2
db1
[empty]
`);
const names = (pattern: string) => matchHosts(inventory, pattern).hosts.map(({ name }) => name);

it.each([
  // Level by level: live stands above web and db, which are children of edge.
  ['all', ['lone', '2001:db8::7', 'web2', 'db1', 'web1', 'web3', 'db2']],
  ['*', ['lone', '2001:db8::7', 'web2', 'db1', 'web1', 'web3', 'db2']],
  ['ungrouped', ['lone', '2001:db8::7']],
  ['db:web', ['db1', 'db2', 'web1', 'web2', 'web3']],
  ['db,web', ['db1', 'db2', 'web1', 'web2', 'web3']],
  ['edge', ['web1', 'web2', 'web3', 'db1', 'db2']],
  ['web:&live', ['web2']],
  ['&live:web', ['web2']],
  ['!live:edge', ['web1', 'web3', 'db2']],
  ['!edge', ['lone', '2001:db8::7']],
  ['&live', ['web2', 'db1']],
  ['edge:&live:!db', ['web2']],
  ['web[0]', ['web1']],
  ['web[-1]', ['web3']],
  ['web[0:1]', ['web1', 'web2']],
  ['web[1:]', ['web2', 'web3']],
  ['web[1:99]', ['web2', 'web3']],
  ['edge:!web[0:1]', ['web3', 'db1', 'db2']],
  ['we*', ['web1', 'web2', 'web3']],
  ['*1', ['web1', 'db1']],
  ['~(web|db)[12]', ['web1', 'web2', 'db1', 'db2']],
  ['web3:lone', ['web3', 'lone']],
  ['2001:db8::7', ['2001:db8::7']],
  ['web:empty', ['web1', 'web2', 'web3']],
  ['web2:web', ['web2', 'web1', 'web3']],
])('matches %s', (pattern, hosts) => {
  expect(names(pattern)).toEqual(hosts);
  expect(matchHosts(inventory, pattern).unmatched).toEqual([]);
});

it.each([
  ['nowhere', ['nowhere']],
  ['web:nowhere:!typo:&off', ['nowhere', '&off', '!typo']],
  ['web[3]', ['web[3]']],
  ['web[-4]', ['web[-4]']],
  ['web[2:1]', ['web[2:1]']],
  ['~(', ['~(']],
  ['web:80', ['web:80']],
  ['localhost', ['localhost']],
])('tells what %s leaves unmatched', (pattern, unmatched) => {
  expect(matchHosts(inventory, pattern).unmatched).toEqual(unmatched);
});

it('means the host where a host and a group share a name, but the group after "!" and "&", as Ansible does', () => {
  const shared = inventoryOf('[web]\nweb\nh1\n[db]\nh2\n');
  expect(matchHosts(shared, 'web').hosts.map(({ name }) => name)).toEqual(['web']);
  expect(matchHosts(shared, 'all:!web').hosts.map(({ name }) => name)).toEqual(['h2']);
});

it('takes an empty pattern and an empty limit for nothing, not for everything', () => {
  expect(names('')).toEqual([]);
  expect(limitHosts(inventory, matchHosts(inventory, 'all').hosts, []).hosts).toEqual([]);
});

describe('noHostsProblem', () => {
  it('suggests the nearest name', () => {
    const problem = noHostsProblem(inventory, 'wep', matchHosts(inventory, 'wep'));
    expect(problem).toMatchObject({
      code: 'no-hosts',
      message: 'pattern "wep" matches no host',
      remedy: expect.stringContaining('"web"'),
    });
  });

  it('reports a pattern whose parts exist but leave nothing', () => {
    expect(noHostsProblem(inventory, 'empty', matchHosts(inventory, 'empty'))).toBeDefined();
    expect(noHostsProblem(inventory, 'web:!edge', matchHosts(inventory, 'web:!edge'))).toBeDefined();
  });

  it('is silent where there are hosts', () => {
    expect(noHostsProblem(inventory, 'web:typo', matchHosts(inventory, 'web:typo'))).toBeUndefined();
  });
});

it('limits hosts without changing their order', () => {
  const { hosts, unmatched } = limitHosts(inventory, matchHosts(inventory, 'edge').hosts, [
    'db1',
    'web3',
    'typo',
  ]);
  expect(hosts.map(({ name }) => name)).toEqual(['web3', 'db1']);
  expect(unmatched).toEqual(['typo']);
});

it('is a union, then an intersection, then a difference, whatever the order of the parts', () => {
  const groups = ['web', 'db', 'live', 'edge', 'empty', 'ungrouped', 'all'];
  const set = (group: string) => new Set(names(group));
  const part = fc.tuple(fc.constantFrom('', '&', '!'), fc.constantFrom(...groups));
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
      const of = (sign: string) => parts.filter(([own]) => own === sign).map(([, group]) => group);
      const unions = of('').length === 0 ? ['all'] : of('');
      const expected = names('all').filter(
        (name) =>
          unions.some((group) => set(group).has(name)) &&
          of('&').every((group) => set(group).has(name)) &&
          !of('!').some((group) => set(group).has(name)),
      );
      const matched = matchParts(
        inventory,
        parts.map((signed) => signed.join('')),
      ).hosts.map(({ name }) => name);
      expect([...matched].sort()).toEqual([...expected].sort());
    }),
    { seed: 3 },
  );
});
