import { parseNumber } from './values.ts';

/**
 * Names by number as iptables saves them: its own few, and else those of /etc/protocols, of which these are the ones
 * that netbase has had for decades.
 */
const NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'icmp'],
  [2, 'igmp'],
  [4, 'ipencap'],
  [6, 'tcp'],
  [8, 'egp'],
  [17, 'udp'],
  [33, 'dccp'],
  [41, 'ipv6'],
  [43, 'ipv6-route'],
  [44, 'ipv6-frag'],
  [46, 'rsvp'],
  [47, 'gre'],
  [50, 'esp'],
  [51, 'ah'],
  [58, 'ipv6-icmp'],
  [59, 'ipv6-nonxt'],
  [60, 'ipv6-opts'],
  [88, 'eigrp'],
  [89, 'ospf'],
  [94, 'ipip'],
  [97, 'etherip'],
  [98, 'encap'],
  [103, 'pim'],
  [108, 'ipcomp'],
  [112, 'vrrp'],
  [115, 'l2tp'],
  [124, 'isis'],
  [132, 'sctp'],
  [135, 'mobility-header'],
  [136, 'udplite'],
]);

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ...[...NAMES].map(([number, name]): [string, number] => [name, number]),
  ['all', 0],
  ['icmpv6', 58],
  ['ipv6-mh', 135],
]);

/** Numbers that no /etc/protocols names, so that they are saved as they are. */
const UNNAMED_FROM = 144;

/** The number of a protocol written as a name or a number; undefined for one that only some gateways know. */
export function protocolNumber(text: string): number | undefined {
  return parseNumber(text, 255) ?? NUMBERS.get(text.toLowerCase());
}

/** As `-p` is saved; undefined where that depends on the gateway's /etc/protocols. */
export function protocolName(number: number): string | undefined {
  return NAMES.get(number) ?? (number >= UNNAMED_FROM && number < 255 ? `${number}` : undefined);
}

/** The match that iptables loads by itself for a protocol when its option stands without `-m`. */
export function implicitMatch(protocol: string): string {
  if (protocol === 'ipv6-icmp') return 'icmp6';
  return protocol === 'mobility-header' ? 'mh' : protocol;
}
