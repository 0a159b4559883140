import { globPattern } from './glob.ts';

/** Another tool that keeps chains of its own in iptables' tables, known by the names that it gives them. */
export type Tenant = {
  /** As its users call it. */
  readonly tool: string;
  /** The glob that the chain's name matched, `*` for any text: what `keep` takes. */
  readonly glob: string;
};

/**
 * The names that tools give to the chains they make, from their sources. Only names that nobody would choose by hand: a chain that is
 * taken for another tool's is one that its owner can't edit in a template.
 */
const CHAINS_OF: Readonly<Record<string, readonly string[]>> = {
  // With a low line: those of its DNS, in the namespace of each container.
  Docker: ['DOCKER', 'DOCKER-*', 'DOCKER_OUTPUT', 'DOCKER_POSTROUTING'],
  'kube-proxy': ['KUBE-*'],
  Calico: ['cali-*', 'felix-*'],
  Cilium: ['CILIUM_*', 'OLD_CILIUM_*'],
  Flannel: ['FLANNEL-*'],
  Weave: ['WEAVE', 'WEAVE-*'],
  Antrea: ['ANTREA-*'],
  'the AWS VPC CNI': ['AWS-SNAT-CHAIN-*', 'AWS-CONNMARK-CHAIN-*'],
  'ip-masq-agent': ['IP-MASQ', 'IP-MASQ-AGENT'],
  Podman: ['NETAVARK-*', 'NETAVARK_*'],
  'a CNI plugin': ['CNI-*'],
  fail2ban: ['f2b-*', 'fail2ban-*'],
  CrowdSec: ['CROWDSEC_*', 'CROWDSEC6_*'],
  sshguard: ['sshguard'],
  psad: ['PSAD_BLOCK_*'],
  Tailscale: ['ts-input', 'ts-forward', 'ts-postrouting'],
  NetBird: ['NETBIRD-*'],
  sshuttle: ['sshuttle-*'],
  libvirt: ['LIBVIRT_*', 'libvirt-*', 'FI-vnet*', 'FO-vnet*', 'HI-vnet*'],
  'OpenStack Neutron': ['neutron-*'],
  NetworkManager: ['nm-sh-in-*', 'nm-sh-fw-*'],
  miniupnpd: ['MINIUPNPD', 'MINIUPNPD-*'],
  ufw: ['ufw-*', 'ufw6-*'],
  firewalld: [
    // What stands in a built-in chain, then what stands for a zone or a policy; a bare `IN_…` may be anyone's.
    ...['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'].flatMap((chain) => [
      `${chain}_direct`,
      `${chain}_ZONES*`,
      `${chain}_IN_ZONES*`,
      `${chain}_OUT_ZONES*`,
      `${chain}_POLICIES_*`,
    ]),
    'FWDI_*',
    'FWDO_*',
    ...['PRE', 'IN', 'FWD', 'OUT', 'POST'].flatMap((hook) => [
      ...['pre', 'log', 'deny', 'allow', 'post'].map((part) => `${hook}_*_${part}`),
      ...['block', 'dmz', 'drop', 'external', 'home', 'internal', 'public', 'trusted', 'work'].map(
        (zone) => `${hook}_${zone}`,
      ),
    ]),
  ],
};

const TENANTS = Object.entries(CHAINS_OF).flatMap(([tool, globs]) =>
  globs.map((glob) => ({ tool, glob, pattern: globPattern(glob) })),
);

/** The tool that a chain of this name belongs to; undefined for one that anybody may have made. */
export function tenantOf(chain: string): Tenant | undefined {
  const found = TENANTS.find(({ pattern }) => pattern.test(chain));
  return found === undefined ? undefined : { tool: found.tool, glob: found.glob };
}

/** The tool some of whose chains a prefix would take for one's own. */
export function tenantOfPrefix(prefix: string): string | undefined {
  return TENANTS.find(({ glob }) => {
    const [head = '', ...more] = glob.split('*');
    return head.startsWith(prefix) || (more.length > 0 && prefix.startsWith(head));
  })?.tool;
}

/** The globs that `keep` needs for the chains of these names: the tool's own where it is known, else the name. */
export function keepGlobs(chains: readonly string[]): readonly string[] {
  return [...new Set(chains.map((chain) => tenantOf(chain)?.glob ?? chain))];
}
