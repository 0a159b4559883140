import { isAddress } from '../ruleset/address.ts';
import type { WrittenKind } from './check-kind.ts';
import { isMappingOf } from './check-target.ts';
import { FaultError } from './fault.ts';

/** `conntrack: tcp dst=203.0.113.1 dport=443`: the words of conntrack's own list; those of the answers begin with `reply-`. */
export const writtenConntrack: WrittenKind<'conntrack'> = {
  own: [],
  places: 'gateway',
  expects: 'a conntrack check expects present, absent, or a mapping of at_least and at_most',
  read: (flow, { expect = 'present' }) => {
    if (expect === 'present') return { kind: 'conntrack', flow, expect: { least: 1 } };
    if (expect === 'absent') return { kind: 'conntrack', flow, expect: { least: 0, most: 0 } };
    if (!isMappingOf(expect, ['at_least', 'at_most'])) return undefined;
    const { at_least: least = 0, at_most: most } = expect;
    return { kind: 'conntrack', flow, expect: most === undefined ? { least } : { least, most } };
  },
  fill: ({ flow, expect }, fill) => {
    const [protocol = '', ...facts] = fill(flow, 'target').trim().split(/\s+/);
    if (!/^[a-z][a-z0-9-]*$/.test(protocol)) throw wrong(`"${protocol}" is not a protocol`);
    const match = Object.fromEntries(facts.map(factOf));
    const isV6 = Object.values(match).some(([value = '']) => isAddress(value, 'ipv6'));
    return { kind: 'conntrack', family: isV6 ? 'ipv6' : 'ipv4', protocol, match, expect };
  },
};

const ADDRESSES = ['src', 'dst', 'reply-src', 'reply-dst'];
const PORTS = ['sport', 'dport', 'reply-sport', 'reply-dport'];

function factOf(fact: string): readonly [string, readonly string[]] {
  const [, key = '', value = ''] = /^([a-z-]+)=(.+)$/.exec(fact) ?? [];
  if (ADDRESSES.includes(key)) {
    if (isAddress(value, 'ipv4')) return [key, [value]];
    if (isAddress(value, 'ipv6')) return [key, [...new Set([value, ...spellings(value)])]];
    throw wrong(`"${fact}": ${key} is an address`);
  }
  if (PORTS.includes(key) && /^\d{1,5}$/.test(value) && Number(value) <= 65_535) return [key, [value]];
  if (key === 'mark' && /^\d{1,10}$/.test(value)) return [key, [value]];
  if (key === 'state' && /^[A-Z][A-Z0-9_]*$/.test(value)) return [key, [value]];
  throw wrong(`"${fact}" is none of ${[...ADDRESSES, ...PORTS].join('=, ')}=, mark= and state=`);
}

/** conntrack shortens an address, the kernel's own list writes all of it. */
function spellings(address: string): readonly string[] {
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = short.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const after = tail === undefined ? [] : groups(tail);
  const before = groups(head);
  const middle = Array.from({ length: 8 - before.length - after.length }, () => '0');
  const long = [...before, ...middle, ...after].map((group) => group.padStart(4, '0')).join(':');
  return [short, long];
}

function wrong(what: string): FaultError {
  return new FaultError('check-target', what, 'Write tcp dst=203.0.113.1 dport=443 reply-src=10.0.0.1.');
}
