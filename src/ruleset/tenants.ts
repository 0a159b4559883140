/** Tools that make chains of their own, and what the names of those begin with. */
const TENANTS: readonly { readonly name: string; readonly prefixes: readonly string[] }[] = [
  { name: 'Docker', prefixes: ['DOCKER'] },
  { name: 'kube-proxy', prefixes: ['KUBE-'] },
  { name: 'fail2ban', prefixes: ['f2b-', 'fail2ban-'] },
  { name: 'Calico', prefixes: ['cali-', 'felix-'] },
  { name: 'Tailscale', prefixes: ['ts-'] },
  { name: 'libvirt', prefixes: ['LIBVIRT_'] },
  { name: 'ufw', prefixes: ['ufw-', 'ufw6-'] },
  {
    name: 'firewalld',
    prefixes: ['INPUT_ZONES', 'INPUT_direct', 'FORWARD_IN_ZONES', 'FORWARD_OUT_ZONES', 'FORWARD_direct', 'FWDI_', 'FWDO_', 'OUTPUT_direct', 'PREROUTING_ZONES', 'PREROUTING_direct', 'POSTROUTING_ZONES', 'POSTROUTING_direct', 'PRE_', 'POST_'],
  }, // biome-ignore format: a list to read across
  { name: 'CNI plugins', prefixes: ['CNI-', 'CNI_'] },
  { name: 'Podman', prefixes: ['NETAVARK', 'nv_'] },
];

/** The tool that makes chains of this name, as far as a name can tell. */
export function tenantOf(chain: string): string | undefined {
  return TENANTS.find(({ prefixes }) => prefixes.some((prefix) => chain.startsWith(prefix)))?.name;
}

/** The tool some of whose chains a prefix would take for one's own. */
export function tenantOfPrefix(prefix: string): string | undefined {
  return TENANTS.find(({ prefixes }) =>
    prefixes.some((one) => one.startsWith(prefix) || prefix.startsWith(one)),
  )?.name;
}

/** The globs that `keep` needs for the chains of these names: the tool's own where it is known, else the name. */
export function keepGlobs(chains: readonly string[]): readonly string[] {
  const globs = chains.map((chain) => {
    const prefix = TENANTS.flatMap(({ prefixes }) => prefixes).find((one) => chain.startsWith(one));
    return prefix === undefined ? chain : `${prefix}*`;
  });
  return [...new Set(globs)];
}
