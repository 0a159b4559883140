import type { LabUser } from './etc.ts';
import type { KeyPair } from './keys.ts';
import type { LabBackend, LabDesk, LabGateway } from './lab.ts';

type Login = { readonly user: LabUser; readonly keyFile: string; readonly knownHostsFile: string };

/** Formats the lab as an Ansible INI inventory. */
export function formatInventory(
  {
    gateways,
    desk,
    backends,
  }: {
    readonly gateways: readonly LabGateway[];
    readonly desk: LabDesk;
    readonly backends: readonly LabBackend[];
  },
  login: Login,
): string {
  const lines = [
    '[gateways]',
    ...gateways.map(({ name, address, address6 }) => {
      return `${name} ansible_host=${address} address6=${address6} sluice_addresses="['${address}', '${address6}']"`;
    }),
    '',
    '[gateways:vars]',
    ...(login.user === 'operator' ? ['ansible_become=True'] : []),
    ...loginVars(login),
    '',
    '# A client in the LAN, for checks that look from there; the controller reaches it past the gateways.',
    '[clients]',
    `${desk.name} ansible_host=${desk.sideAddress} lan_address=${desk.address} lan_address6=${desk.address6}`,
    '',
    '[clients:vars]',
    ...loginVars(login),
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

function loginVars({ user, keyFile, knownHostsFile }: Login): readonly string[] {
  return [
    `ansible_user=${user}`,
    `ansible_ssh_private_key_file=${keyFile}`,
    `ansible_ssh_common_args='-o UserKnownHostsFile=${knownHostsFile}'`,
  ];
}

/** Formats a known_hosts file that knows each machine with an sshd by its name and all its addresses. */
export function formatKnownHosts(
  machines: readonly ((LabGateway | LabDesk) & { readonly hostKey: KeyPair })[],
): string {
  return machines
    .map((machine) => {
      const { name, address, address6, hostKey } = machine;
      const more = 'sideAddress' in machine ? [machine.sideAddress] : [];
      return `${[name, address, address6, ...more].join(',')} ${hostKey.publicKey}\n`;
    })
    .join('');
}
