import type { LabUser } from './etc.ts';
import type { KeyPair } from './keys.ts';
import type { LabBackend, LabGateway } from './lab.ts';

/** Formats the lab as an Ansible INI inventory. */
export function formatInventory(
  gateways: readonly LabGateway[],
  backends: readonly LabBackend[],
  login: { readonly user: LabUser; readonly keyFile: string; readonly knownHostsFile: string },
): string {
  const lines = [
    '[gateways]',
    ...gateways.map(({ name, address, address6 }) => {
      return `${name} ansible_host=${address} address6=${address6} sluice_addresses="['${address}', '${address6}']"`;
    }),
    '',
    '[gateways:vars]',
    `ansible_user=${login.user}`,
    ...(login.user === 'operator' ? ['ansible_become=True'] : []),
    `ansible_ssh_private_key_file=${login.keyFile}`,
    `ansible_ssh_common_args='-o UserKnownHostsFile=${login.knownHostsFile}'`,
    '',
    '# Web servers on the LAN, behind the gateways; they have no sshd.',
    '[backends]',
    // What shares by weight is to be seen: the first one is the strongest.
    ...backends.map(
      ({ name, address, address6 }, index) =>
        `${name} ansible_host=${address} sluice_address6=${address6} weight=${index === 0 ? 3 : 1}`,
    ),
    '',
  ];
  return lines.join('\n');
}

/** Formats a known_hosts file that knows each gateway by its name and both addresses. */
export function formatKnownHosts(gateways: readonly (LabGateway & { readonly hostKey: KeyPair })[]): string {
  return gateways
    .map(({ name, address, address6, hostKey }) => `${name},${address},${address6} ${hostKey.publicKey}\n`)
    .join('');
}
