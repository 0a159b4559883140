import { describe, expect, it } from 'vitest';
import { builtinChains, TABLE_NAMES } from '../../src/ruleset/tables.ts';
import { tenantOf } from '../../src/ruleset/tenants.ts';

describe.each([
  ['Docker', ['DOCKER', 'DOCKER-USER', 'DOCKER-FORWARD', 'DOCKER-ISOLATION-STAGE-2', 'DOCKER-INGRESS']],
  ['kube-proxy', ['KUBE-SERVICES', 'KUBE-SEP-4ZSGVD6FJSZMWH5K', 'KUBE-FIREWALL', 'KUBE-ROUTER-INPUT']],
  ['Calico', ['cali-INPUT', 'cali-tw-cali1234', 'felix-FROM-ENDPOINT']],
  ['Cilium', ['CILIUM_INPUT', 'OLD_CILIUM_POST_nat']],
  ['Podman', ['NETAVARK_FORWARD', 'NETAVARK-HOSTPORT-DNAT', 'NETAVARK-1D8721804F16F']],
  ['fail2ban', ['f2b-sshd', 'f2b-nginx-http-auth', 'fail2ban-ssh']],
  ['Tailscale', ['ts-input', 'ts-forward', 'ts-postrouting']],
  ['libvirt', ['LIBVIRT_INP', 'LIBVIRT_PRT', 'libvirt-host-in', 'FI-vnet0']],
  ['ufw', ['ufw-before-input', 'ufw6-user-forward', 'ufw-docker-logging-deny']],
  [
    'firewalld',
    [
      'INPUT_direct',
      'INPUT_ZONES',
      'INPUT_ZONES_SOURCE',
      'FORWARD_IN_ZONES',
      'FORWARD_OUT_ZONES_SOURCE',
      'POSTROUTING_POLICIES_pre',
      'FWDI_public_allow',
      'FWDO_dmz',
      'IN_public',
      'IN_office_allow',
      'PRE_trusted_log',
      'FWD_allow-host-ipv6_post',
    ],
  ],
] as const)('the chains of %s', (tool, chains) => {
  it.each(chains)('%s', (chain) => expect(tenantOf(chain)?.tool).toBe(tool));
});

it('gives the glob that the name matched, for keep', () => {
  expect(tenantOf('DOCKER')).toEqual({ tool: 'Docker', glob: 'DOCKER' });
  expect(tenantOf('DOCKER-USER')).toEqual({ tool: 'Docker', glob: 'DOCKER-*' });
  expect(tenantOf('f2b-sshd')).toEqual({ tool: 'fail2ban', glob: 'f2b-*' });
});

describe('a name that anybody may have given', () => {
  const builtin = TABLE_NAMES.flatMap((table) => builtinChains(table) ?? []);
  const own = [
    'LOGDROP', 'dynamic', 'net-fw', 'IN_SSH', 'IN_eth0', 'PRE_vpn', 'DOCKERS', 'my-DOCKER', 'MY-KUBE-CHAIN', 'ts-lan', 'ts-inputs',
    'KUBE', 'f2b', 'xsshguard', 'IP-MASQUERADE', 'INPUT_rules', 'fwknop-KUBE-', 'FI-lan',
  ]; // biome-ignore format: a list to read across
  it.each([...builtin, ...own])('%s', (chain) => expect(tenantOf(chain)).toBeUndefined());
});
