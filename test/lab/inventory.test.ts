import { expect, test } from 'vitest';
import { formatInventory, formatKnownHosts } from '../../src/lab/inventory.ts';
import type { LabDesk, LabGateway } from '../../src/lab/lab.ts';

const GATEWAY: LabGateway = {
  name: 'gw1',
  address: '10.64.0.1',
  address6: 'fd00:64::1',
  lanAddress: '10.65.0.1',
  lanAddress6: 'fd00:65::1',
  backend: 'nft',
};
const DESK: LabDesk = {
  name: 'desk',
  address: '10.65.255.250',
  address6: 'fd00:65::d:1',
  sideAddress: '10.64.255.3',
  backend: 'nft',
};
const FILES = { keyFile: '/run/lab/key', knownHostsFile: '/run/lab/known_hosts' };

test('the inventory is Ansible INI', () => {
  const backend = { name: 'b1', address: '10.65.255.1', address6: 'fd00:65::b:1' };
  expect(
    formatInventory({ gateways: [GATEWAY], desk: DESK, backends: [backend] }, { user: 'root', ...FILES }),
  ).toBe(`[gateways]
gw1 ansible_host=10.64.0.1 address6=fd00:64::1 sluice_addresses="['10.64.0.1', 'fd00:64::1']"

[gateways:vars]
ansible_user=root
ansible_ssh_private_key_file=/run/lab/key
ansible_ssh_common_args='-o UserKnownHostsFile=/run/lab/known_hosts'

# A client in the LAN, for checks that look from there; the controller reaches it past the gateways.
[clients]
desk ansible_host=10.64.255.3 lan_address=10.65.255.250 lan_address6=fd00:65::d:1

[clients:vars]
ansible_user=root
ansible_ssh_private_key_file=/run/lab/key
ansible_ssh_common_args='-o UserKnownHostsFile=/run/lab/known_hosts'

# Web servers on the LAN, behind the gateways; they have no sshd.
[backends]
b1 ansible_host=10.65.255.1 sluice_address6=fd00:65::b:1 weight=3
`);
});

test('a login that is not root becomes root on gateways, and on them alone', () => {
  const fleet = { gateways: [GATEWAY], desk: DESK, backends: [] };
  const text = formatInventory(fleet, { user: 'operator', ...FILES });
  expect(text).toContain('[gateways:vars]\nansible_become=True\nansible_user=operator\n');
  expect(text.match(/^ansible_user=operator$/gm)).toHaveLength(2);
  expect(text.match(/^ansible_become=/gm)).toHaveLength(1);
});

test('known_hosts knows each machine with an sshd by its name and all its addresses', () => {
  const hostKey = { privateKey: '', publicKey: 'ssh-ed25519 AAAA' };
  const desk = { ...DESK, hostKey: { ...hostKey, publicKey: 'ssh-ed25519 BBBB' } };
  expect(formatKnownHosts([{ ...GATEWAY, hostKey }, desk])).toBe(
    'gw1,10.64.0.1,fd00:64::1 ssh-ed25519 AAAA\n' +
      'desk,10.65.255.250,fd00:65::d:1,10.64.255.3 ssh-ed25519 BBBB\n',
  );
});
