import { commandKind } from './command.ts';
import { httpKind } from './http.ts';
import type { Kind, ProbeOf } from './kind.ts';
import type { Probe } from './model.ts';
import { tcpKind } from './tcp.ts';

const KINDS: { readonly [K in Probe['kind']]: Kind<ProbeOf<K>> } = {
  tcp: tcpKind,
  http: httpKind,
  command: commandKind,
};

/** The kind of a probe. */
export function kindOf(probe: Probe): Kind<Probe> {
  // Each entry takes the probes of its own name, which is the one that is asked for.
  return KINDS[probe.kind] as Kind<Probe>;
}
