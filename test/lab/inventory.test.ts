import { expect, test } from 'vitest';
import { formatInventory, formatKnownHosts } from '../../src/lab/inventory.ts';
import type { LabGateway } from '../../src/lab/lab.ts';

const GATEWAY: LabGateway = {
  name: 'gw1',
  address: '10.64.0.1',
  address6: 'fd00:64::1',
  lanAddress: '10.65.0.1',
  lanAddress6: 'fd00:65::1',
  backend: 'nft',
};
const FILES = { keyFile: '/run/lab/key', knownHostsFile: '/run/lab/known_hosts' };

test('the inventory is Ansible INI', () => {
  const backend = { name: 'b1', address: '10.65.255.1', address6: 'fd00:65::b:1' };
  expect(formatInventory([GATEWAY], [backend], { user: 'root', ...FILES })).toBe(`[gateways]
gw1 ansible_host=10.64.0.1 address6=fd00:64::1 sluice_addresses="['10.64.0.1', 'fd00:64::1']"

[gateways:vars]
ansible_user=root
ansible_ssh_private_key_file=/run/lab/key
ansible_ssh_common_args='-o UserKnownHostsFile=/run/lab/known_hosts'

# Web servers on the LAN, behind the gateways; they have no sshd.
[backends]
b1 ansible_host=10.65.255.1 sluice_address6=fd00:65::b:1 weight=3
`);
});

test('a login that is not root becomes root', () => {
  const text = formatInventory([GATEWAY], [], { user: 'operator', ...FILES });
  expect(text).toContain('ansible_user=operator\nansible_become=True\n');
});

test('known_hosts knows a gateway by name and by both addresses', () => {
  const hostKey = { privateKey: '', publicKey: 'ssh-ed25519 AAAA' };
  expect(formatKnownHosts([{ ...GATEWAY, hostKey }])).toBe('gw1,10.64.0.1,fd00:64::1 ssh-ed25519 AAAA\n');
});
