import type { Probe } from '../checks/model.ts';
import { writtenCommand } from './check-command.ts';
import { writtenConntrack } from './check-conntrack.ts';
import { writtenCounters } from './check-counters.ts';
import { writtenDistribution } from './check-distribution.ts';
import { writtenDns } from './check-dns.ts';
import { writtenHttp } from './check-http.ts';
import type { Fill, WrittenKind } from './check-kind.ts';
import { writtenPing } from './check-ping.ts';
import { writtenTcp } from './check-tcp.ts';
import { writtenUdp } from './check-udp.ts';
import type { ProbeTemplate } from './model.ts';
import type { WrittenCheck } from './schema-check.ts';

export type KindName = ProbeTemplate['kind'];

const KINDS: { readonly [K in KindName]: WrittenKind<K> } = {
  tcp: writtenTcp,
  udp: writtenUdp,
  http: writtenHttp,
  ping: writtenPing,
  dns: writtenDns,
  command: writtenCommand,
  conntrack: writtenConntrack,
  counters: writtenCounters,
  distribution: writtenDistribution,
};

/** The names of all kinds, each a key of a check. */
export const kindNames = Object.keys(KINDS) as readonly KindName[];

export function writtenKind<K extends KindName>(kind: K): WrittenKind<K> {
  return KINDS[kind];
}

/** Fills in the variables of a probe, and takes its target apart. @throws FaultError for what nothing could be asked of */
export function fillProbe<K extends KindName>(
  template: Extract<ProbeTemplate, { readonly kind: K }>,
  fill: Fill,
): Probe {
  const { fill: fillIn } = KINDS[template.kind] as WrittenKind<K>;
  return fillIn(template, fill);
}

/** Keys of a check that only some kinds have, and those kinds. */
export function kindsWith(key: keyof WrittenCheck): readonly KindName[] {
  return kindNames.filter((name) => KINDS[name].own.includes(key));
}
