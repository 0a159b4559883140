import { fileURLToPath } from 'node:url';
import type { Outcome } from '../agent.ts';
import type { World } from '../world.ts';

export const FAMILIES = ['ipv4', 'ipv6'] as const;
export type Family = (typeof FAMILIES)[number];

/** Runs a check over both families at the same time: what waits for silence waits once. */
export async function inBothFamilies(check: (family: Family) => Promise<void>): Promise<void> {
  await Promise.all(FAMILIES.map(check));
}

/** The address of a place in a family. */
export function addressOf(
  place: { readonly address: string; readonly address6: string } | undefined,
  family: Family,
): string {
  if (place === undefined) throw new Error('there is no such place');
  return family === 'ipv4' ? place.address : place.address6;
}

/** Lets anybody ask a port of the gateway itself, as a template of the user's would. */
export const ANYBODY = (port: number) => `*filter
-A INPUT -p tcp --dport ${port} -j ACCEPT
-A INPUT -p udp --dport ${port} -j ACCEPT
COMMIT
`;

/** The usual addresses of the client. */
export const CLIENT = { address: '10.64.255.2', address6: 'fd00:64::c:2' };

/** The base policy, to which tests add mistakes. */
export const BASE = {
  id: 'base',
  hosts: 'gateways',
  families: ['ipv4', 'ipv6'],
  vars: { ssh_from: ['10.64.0.0/16', 'fd00:64::/64'] },
  rules: [{ template: 'base.rules.hbs' }],
};

/** Connections to port 80 go to b1; FORWARD is left to the test. */
export const TO_B1 = `*nat
{{#ipv4}}
-A PREROUTING -d {{ansible_host}} -p tcp --dport 80 -j DNAT --to-destination 10.65.255.1
{{/ipv4}}
{{#ipv6}}
-A PREROUTING -d {{address6}} -p tcp --dport 80 -j DNAT --to-destination fd00:65::b:1
{{/ipv6}}
-A POSTROUTING -o lan -m conntrack --ctstate DNAT -j MASQUERADE
COMMIT
`;

/** How many packets the rules that match have seen together. */
export async function packetsOf(world: World, family: Family, rule: RegExp): Promise<number> {
  const found = (await world.counters(family)).filter((one) => rule.test(one.rule));
  if (found.length === 0) throw new Error(`no rule is like ${rule}`);
  return found.reduce((sum, { packets }) => sum + packets, 0);
}

/** How many connections ended in each way, whoever answered. */
export function endsOf(outcomes: readonly Outcome[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { end } of outcomes) counts[end] = (counts[end] ?? 0) + 1;
  return counts;
}

/** `*` in the source becomes the segment's number; flags are those of iptables, separated by commas. */
export type Segments = {
  readonly count: number;
  readonly source: string;
  readonly to: string;
  readonly port: number;
  readonly flags: string;
};

/** Sends TCP segments from the client, whatever their source says. */
export async function sendSegments({ sh }: World, kinds: readonly Segments[]): Promise<void> {
  const lines = kinds.map(
    ({ count, source, to, port, flags }) => `${count} ${source} ${to} ${port} ${flags}\n`,
  );
  await sh('client', `perl ${fileURLToPath(new URL('send.pl', import.meta.url))}`, lines.join(''));
}
