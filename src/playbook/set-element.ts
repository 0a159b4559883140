import { familyOf, isAddress } from '../ruleset/address.ts';
import type { Family } from '../ruleset/model.ts';
import type { SetPart, SetType } from '../ruleset/set-types.ts';
import { FaultError } from './fault.ts';

/**
 * Checks a member against the type of its set, part by part. Names are refused everywhere: ipset asks the resolver for each, on the
 * gateway, at the time of loading, and takes `10/8` and `010.0.0.1` for other addresses than they seem.
 *
 * @throws FaultError
 */
export function checkElement(element: string, type: SetType, family: Family, set: string): void {
  const parts = element.split(',');
  // The kernel learns a missing MAC from the first packet.
  const isWhole = parts.length === type.parts.length || (type.name === 'bitmap:ip,mac' && parts.length === 1);
  if (!isWhole) {
    const remedy = `Members of ${type.name} are ${type.parts.join(',').toUpperCase()}.`;
    throw new FaultError('set-member', `"${element}" is no member for ${set}, a ${type.name}`, remedy);
  }
  parts.forEach((part, index) => {
    checkPart(part, type.parts[index] ?? 'ip', type, family);
  });
}

function checkPart(text: string, part: SetPart, type: SetType, family: Family): void {
  if (part === 'set') return; // What a list may hold is known once all sets are.
  if (part === 'ip' || part === 'net') {
    if (isAddresses(text, part, type, family)) return;
    throw addressFault(text, part, family);
  }
  const { fits, what, remedy } = PARTS[part];
  if (!fits(text)) throw new FaultError('set-member', `"${text}" is not ${what}`, remedy);
}

type Rule = {
  readonly fits: (text: string) => boolean;
  readonly what: string;
  readonly remedy: string;
};

const PARTS: { readonly [P in Exclude<SetPart, 'ip' | 'net' | 'set'>]: Rule } = {
  port: {
    fits: isPort,
    what: 'a port',
    remedy: 'Write 443, 8000-8080, udp:53 or icmp:8/0; numbers, not names of services.',
  },
  mac: {
    fits: (text) => /^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}$/i.test(text),
    what: 'a MAC address',
    remedy: 'Write it as 02:00:00:aa:bb:cc.',
  },
  iface: {
    fits: (text) => /^(physdev:)?[^\s:/]{1,15}$/.test(text),
    what: 'an interface',
    remedy: 'Write its name, at most 15 characters, or physdev:NAME.',
  },
  mark: {
    fits: (text) => /^(0x[0-9a-f]{1,8}|0|[1-9]\d{0,9})$/i.test(text) && Number(text) < 2 ** 32,
    what: 'a mark',
    remedy: 'Write a number of 32 bits, such as 0x10.',
  },
};

/** An address, a network with its prefix length, or in IPv4 a range; of IPv6, ipset counts no networks out into addresses. */
function isAddresses(text: string, part: 'ip' | 'net', type: SetType, family: Family): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  if (more.length > 0) return false;
  if (prefix === undefined && family === 'ipv4' && text.includes('-')) {
    const ends = text.split('-');
    return ends.length === 2 && ends.every((end) => isPlain(end, family));
  }
  if (!isPlain(address, family)) return false;
  if (prefix === undefined) return true;
  const longest = family === 'ipv4' ? 32 : 128;
  if (!/^(0|[1-9]\d{0,2})$/.test(prefix) || Number(prefix) > longest) return false;
  if (part === 'ip' && family === 'ipv6') return Number(prefix) === longest;
  return Number(prefix) > 0 || type.takesZeroPrefix;
}

/** inet_aton, which ipset's resolver begins with, reads a byte with a leading zero as octal. */
function isPlain(text: string, family: Family): boolean {
  return isAddress(text, family) && !(family === 'ipv4' && /(^|\.)0\d/.test(text));
}

function isPort(text: string): boolean {
  const [first = '', second, ...more] = text.split(':');
  if (more.length > 0) return false;
  const [proto, port] = second === undefined ? ['tcp', first] : [first, second];
  if (/^(icmp|icmpv6|ipv6-icmp)$/.test(proto)) return /^(\d{1,3}\/\d{1,3}|[a-z][a-z-]*)$/.test(port);
  if (!/^([a-z][a-z0-9-]*|[1-9]\d{0,2})$/.test(proto)) return false;
  const ends = port.split('-');
  return ends.length <= 2 && ends.every((end) => /^(0|[1-9]\d{0,4})$/.test(end) && Number(end) <= 65535);
}

function addressFault(text: string, part: 'ip' | 'net', family: Family): FaultError {
  const other = familyOf(text.split('-')[0] ?? '');
  if (other !== undefined && other !== family) {
    const [word, wanted] = other === 'ipv4' ? ['an IPv4', 'inet'] : ['an IPv6', 'inet6'];
    return new FaultError(
      'wrong-family',
      `"${text}" is ${word} address, and the set is of family ${family === 'ipv4' ? 'inet' : 'inet6'}`,
      `Put it into a set of family ${wanted}, between {{#${other}}} and {{/${other}}} if it comes from (hosts …).`,
    );
  }
  if (/[a-z]/i.test(text) && !text.includes(':')) {
    return new FaultError(
      'hostname-in-set',
      `"${text}" is a name, not an address`,
      'Sets hold addresses: give the address itself, or (hosts "PATTERN") for those of the inventory.',
    );
  }
  const range = family === 'ipv4' ? ' or 10.0.0.1-10.0.0.9' : '';
  const network = family === 'ipv4' ? '10.0.0.0/8' : '2001:db8::/32';
  const remedy =
    part === 'ip' && family === 'ipv6'
      ? 'Write one address; networks of IPv6 need a type with "net", such as hash:net.'
      : `Write an address, ${network}${range}; a network that is everything (/0) only hash:net,iface and hash:net,port,net hold.`;
  return new FaultError(
    'bad-address',
    `"${text}" is not an ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address or network that this set can hold`,
    remedy,
  );
}
