import { parseNetwork } from '../../../ruleset/canonical/addresses.ts';
import type { Family } from '../../../ruleset/model.ts';

/** Tells whether an address lies in a network, both as iptables takes them. */
export function holdsAddress(network: string, address: string, family: Family): boolean {
  const of = parseNetwork(network, family);
  if (of?.prefix === undefined) return false;
  return parseNetwork(`${address}/${of.prefix}`, family)?.address === of.address;
}
