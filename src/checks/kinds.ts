import { commandKind } from './command.ts';
import { conntrackKind } from './conntrack.ts';
import { countersKind } from './counters.ts';
import { distributionKind } from './distribution.ts';
import { dnsKind } from './dns.ts';
import { httpKind } from './http.ts';
import type { Kind, ProbeOf } from './kind.ts';
import type { Probe } from './model.ts';
import { pingKind } from './ping.ts';
import { tcpKind } from './tcp.ts';
import { udpKind } from './udp.ts';

const KINDS: { readonly [K in Probe['kind']]: Kind<ProbeOf<K>> } = {
  tcp: tcpKind,
  udp: udpKind,
  http: httpKind,
  ping: pingKind,
  dns: dnsKind,
  command: commandKind,
  conntrack: conntrackKind,
  counters: countersKind,
  distribution: distributionKind,
};

/** The kind of a probe. */
export function kindOf(probe: Probe): Kind<Probe> {
  // Each entry takes the probes of its own name, which is the one that is asked for.
  return KINDS[probe.kind] as Kind<Probe>;
}
