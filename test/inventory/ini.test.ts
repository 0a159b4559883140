import { describe, expect, it } from 'vitest';
import { draftOf, inventoryOf, placesOf, varOf } from './inventories.ts';

describe('hosts', () => {
  it('puts hosts before any section into ungrouped', () => {
    const { groups } = inventoryOf('h1\n[web]\nh2\n');
    expect(groups.get('ungrouped')?.hosts).toEqual(['h1']);
    expect(groups.get('web')?.hosts).toEqual(['h2']);
    expect(groups.get('all')?.children).toEqual(['ungrouped', 'web']);
  });

  it('reads variables of a host line after the shell-like splitting', () => {
    const inventory = inventoryOf(`h1 a=b=c n=5 s='x y' l='[1,"b"]' t=true # z=1\n; h2\n# h3\n`);
    expect({ ...inventory.hosts.get('h1')?.vars }).toEqual({
      a: 'b=c',
      n: 5,
      s: 'x y',
      l: [1, 'b'],
      t: 'true',
    });
    expect([...inventory.hosts.keys()]).toEqual(['h1']);
  });

  it('reads ports, addresses and ranges', () => {
    const inventory = inventoryOf('gw[1:2]:2222\n[2001:db8::2]:2200\n2001:db8::3\n');
    expect([...inventory.hosts.keys()]).toEqual(['gw1', 'gw2', '2001:db8::2', '2001:db8::3']);
    expect(varOf(inventory, 'gw2', 'ansible_port')).toBe(2222);
    expect(varOf(inventory, '2001:db8::2', 'ansible_port')).toBe(2200);
    expect(varOf(inventory, '2001:db8::3', 'ansible_port')).toBeUndefined();
  });

  it('lets a later line win, but not its port', () => {
    const sources = { hosts: '[a]\nh1:22 x=1 y=1\n[b]\nh1:2222 x=2\n' };
    expect({ ...inventoryOf(sources).hosts.get('h1')?.vars }).toEqual({ ansible_port: 22, x: 2, y: 1 });
    expect(placesOf(draftOf(sources), 'warnings')).toEqual(['hosts:4 port-ignored']);
  });

  it('leaves a host in ungrouped only while it is in no other group', () => {
    const { groups, hosts } = inventoryOf('h1\nh2\n[web]\nh1\n[all]\nh3\n');
    expect(groups.get('ungrouped')?.hosts).toEqual(['h2', 'h3']);
    expect(hosts.get('h1')?.groups).toEqual(['web']);
    expect(hosts.get('h3')?.groups).toEqual(['ungrouped']);
  });

  it('gives the variables of a host named like a group to the group, with a warning', () => {
    const sources = { hosts: '[web]\nweb x=1\nh1\n' };
    expect(varOf(inventoryOf(sources), 'h1', 'x')).toBe(1);
    expect(placesOf(draftOf(sources), 'warnings')).toEqual([': host-and-group']);
  });
});

describe('sections', () => {
  it('orders children by when they became known, as Ansible does', () => {
    const { groups } = inventoryOf('[p:children]\na\nb\n[b]\nh2\n[a]\nh1\n');
    expect(groups.get('p')?.children).toEqual(['b', 'a']);
    expect(groups.get('all')?.children).toEqual(['ungrouped', 'p']);
  });

  it('takes a comment after a header, Windows line ends, and a section that comes twice', () => {
    const inventory = inventoryOf(
      '[a] # note\r\nh1\r\n[a:vars]\r\nx = 1\r\n[a]\r\nh2\r\n[a:vars]\r\nx=2\r\n',
    );
    expect(inventory.groups.get('a')?.hosts).toEqual(['h1', 'h2']);
    expect(varOf(inventory, 'h2', 'x')).toBe(2);
  });

  it('takes an unquoted "#" in :vars for text, unless a literal stands before it', () => {
    const inventory = inventoryOf('[a]\nh1\n[a:vars]\nx=abc # d\ny=1 # d\nz="q"\n');
    expect({ ...inventory.hosts.get('h1')?.vars }).toEqual({ x: 'abc # d', y: 1, z: 'q' });
  });

  it('knows groups of earlier sources', () => {
    const inventory = inventoryOf({ first: '[a]\nh1\n', second: '[p:children]\na\n[a:vars]\nx=1\n' });
    expect(inventory.hosts.get('h1')?.groups).toEqual(['a', 'p']);
    expect(varOf(inventory, 'h1', 'x')).toBe(1);
  });
});

describe('problems', () => {
  it.each([
    ['[web\nh1\n', 'hosts:1 ini-host'],
    ['[my group]\nh1 broken\n', 'hosts:1 ini-section'],
    ['[ a ]\n', 'hosts:1 ini-section'],
    ['[a:hostz]\nh1\n', 'hosts:1 ini-section'],
    ['h1 a = 1\n', 'hosts:1 ini-host'],
    ["h1 a='x\n", 'hosts:1 ini-host'],
    ['h[1:]\n', 'hosts:1 ini-host'],
    ['[a]\n[a:vars]\nx\n', 'hosts:3 ini-vars'],
    ['[a]\n[p:children]\na x=1\n', 'hosts:3 ini-children'],
    ['[a:vars]\nx=1\n', 'hosts:1 undefined-group'],
    ['[p:children]\na\n', 'hosts:2 undefined-group'],
    ['[a:children]\na\n[a]\n', 'hosts:2 group-cycle'],
    ['[a:children]\nb\n[b:children]\na\n', 'hosts:4 group-cycle'],
    ['[a]\n[a:vars]\nansible_group_priority=high\n', 'hosts:3 group-priority'],
  ])('places the problem of %j', (text, place) => {
    expect(placesOf(draftOf({ hosts: text }), 'problems')[0]).toBe(place);
  });

  it('reports everything at once', () => {
    const draft = draftOf({ hosts: '[bad section]\nnoise = here\n[a]\nh1 x\nh[1:]\n[p:children]\nnone\n' });
    expect(placesOf(draft, 'problems')).toEqual([
      'hosts:1 ini-section',
      'hosts:4 ini-host',
      'hosts:5 ini-host',
      'hosts:7 undefined-group',
    ]);
  });

  it('warns of a range that is empty', () => {
    expect(placesOf(draftOf({ hosts: 'h[3:1]\n' }), 'warnings')).toEqual(['hosts:1 empty-range']);
  });

  it('warns of group names once', () => {
    const { warnings } = draftOf({ hosts: '[kube-node]\n[1st]\n[fine]\n' }).findings;
    expect(warnings.map(({ message }) => message)).toEqual([
      'group names with unusual characters: kube-node, 1st',
    ]);
  });
});
