import type { Family } from '../model.ts';
import { PACKET_MATCHES } from './matches-packet.ts';
import { STATE_MATCHES } from './matches-state.ts';
import { TRANSPORT_MATCHES } from './matches-transport.ts';
import type { Module, OptionSpec } from './module.ts';
import { TARGETS } from './targets.ts';

/** A module with its options by every name they may be written under. */
export type Known = { readonly module: Module; readonly options: ReadonlyMap<string, OptionSpec> };

const MATCHES: ReadonlyMap<string, Known> = byName([
  ...TRANSPORT_MATCHES,
  ...STATE_MATCHES,
  ...PACKET_MATCHES,
]);
const KNOWN_TARGETS: ReadonlyMap<string, Known> = byName(TARGETS);

/** Other names for a match, which a save doesn't keep. */
const OTHER_NAMES: Readonly<Record<string, string>> = { icmpv6: 'icmp6', 'ipv6-icmp': 'icmp6', 'ipv6-mh': 'mh', 'mobility-header': 'mh' }; // biome-ignore format: a list

/** The match of `-m NAME` in this family; undefined for one that this module knows nothing of. */
export function knownMatch(name: string, family: Family): Known | undefined {
  return inFamily(MATCHES.get(OTHER_NAMES[name] ?? name), family);
}

/** The extension of `-j NAME` in this family, likewise. */
export function knownTarget(name: string, family: Family): Known | undefined {
  return inFamily(KNOWN_TARGETS.get(name), family);
}

function inFamily(known: Known | undefined, family: Family): Known | undefined {
  return known?.module.family === undefined || known.module.family === family ? known : undefined;
}

function byName(modules: readonly Module[]): ReadonlyMap<string, Known> {
  return new Map(
    modules.map((module) => [
      module.name,
      {
        module,
        options: new Map(
          module.options.flatMap((spec) => [spec.name, ...spec.aliases].map((name) => [name, spec])),
        ),
      },
    ]),
  );
}
