import type { Family } from './model.ts';

/** Verdicts of the kernel itself, and what iptables maps onto them. No chain may bear these names. */
const VERDICTS = ['ACCEPT', 'DROP', 'QUEUE', 'RETURN'] as const;

/** The target extensions of iptables 1.8.9 that serve both families (libxt_*.so, and the pairs libipt_X / libip6t_X). */
const SHARED = [
  'AUDIT', 'CHECKSUM', 'CLASSIFY', 'CONNMARK', 'CONNSECMARK', 'CT', 'DNAT', 'DSCP', 'HMARK', 'IDLETIMER', 'LED', 'LOG', 'MARK',
  'MASQUERADE', 'NETMAP', 'NFLOG', 'NFQUEUE', 'NOTRACK', 'RATEEST', 'REDIRECT', 'REJECT', 'SECMARK', 'SET', 'SNAT', 'SYNPROXY',
  'TCPMSS', 'TCPOPTSTRIP', 'TEE', 'TOS', 'TPROXY', 'TRACE',
] as const; // biome-ignore format: a list to read across

const ONLY: { readonly [F in Family]: readonly string[] } = {
  ipv4: ['CLUSTERIP', 'ECN', 'TTL', 'ULOG'],
  ipv6: ['DNPT', 'HL', 'SNPT'],
};

const KNOWN: { readonly [F in Family]: ReadonlySet<string> } = {
  ipv4: new Set([...VERDICTS, ...SHARED, ...ONLY.ipv4]),
  ipv6: new Set([...VERDICTS, ...SHARED, ...ONLY.ipv6]),
};

/** Tells whether `-j NAME` means a verdict or an extension in this family, and not a chain. */
export function isTarget(name: string, family: Family): boolean {
  return KNOWN[family].has(name);
}

/** Every target of a family, for suggestions. */
export function targetNames(family: Family): readonly string[] {
  return [...KNOWN[family]];
}
