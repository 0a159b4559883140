/** The tables of netfilter in the order in which a packet first meets them, with the chains the kernel makes itself. */
const BUILTIN_CHAINS: ReadonlyMap<string, readonly string[]> = new Map([
  ['raw', ['PREROUTING', 'OUTPUT']],
  ['mangle', ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']],
  ['nat', ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING']],
  ['filter', ['INPUT', 'FORWARD', 'OUTPUT']],
  ['security', ['INPUT', 'FORWARD', 'OUTPUT']],
]);

/** Every table that iptables and ip6tables know, in the order in which sluice writes them. */
export const TABLE_NAMES: readonly string[] = [...BUILTIN_CHAINS.keys()];

/** The chains that the kernel makes with a table, in its own order; undefined for a table that doesn't exist. */
export function builtinChains(table: string): readonly string[] | undefined {
  return BUILTIN_CHAINS.get(table);
}

/** Tells whether some table has a built-in chain of this name. */
export function isBuiltinName(chain: string): boolean {
  return [...BUILTIN_CHAINS.values()].some((chains) => chains.includes(chain));
}
