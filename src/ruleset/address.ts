import type { Family } from './model.ts';

/** Tells whether a text is one address of the family, without mask, port or zone. */
export function isAddress(text: string, family: Family): boolean {
  return family === 'ipv4' ? isIpv4(text) : isIpv6(text);
}

/** Tells whether a text is an address or a network as `-s` takes them: `10.0.0.1`, `10.0.0.0/8`, `10/8`, `2001:db8::/32`, masks written out. */
export function isNetwork(text: string, family: Family): boolean {
  const [address = '', mask, ...more] = text.split('/');
  if (more.length > 0) return false;
  if (mask === undefined) return isAddress(address, family);
  if (!/^\d{1,3}$/.test(mask)) return isAddress(address, family) && isAddress(mask, family);
  if (family === 'ipv6') return isIpv6(address) && Number(mask) <= 128;
  // iptables fills a shortened network up with zeros: 10/8, 192.168/16.
  return (
    Number(mask) <= 32 &&
    /^\d+(\.\d+){0,3}$/.test(address) &&
    address.split('.').every((byte) => Number(byte) <= 255)
  );
}

/** The family whose address or network this is, if it is one. */
export function familyOf(text: string): Family | undefined {
  if (isNetwork(text, 'ipv4')) return 'ipv4';
  return isNetwork(text, 'ipv6') ? 'ipv6' : undefined;
}

function isIpv4(text: string): boolean {
  return /^(?:\d{1,3}\.){3}\d{1,3}$/.test(text) && text.split('.').every((byte) => Number(byte) <= 255);
}

function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const [head = [], tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const groups = [...head, ...(tail ?? [])];
  // An IPv4 address may stand at the very end alone.
  const last = (tail ?? head).at(-1) ?? '';
  const hasIpv4 = last.includes('.');
  if (hasIpv4 && !isIpv4(last)) return false;
  const length = groups.length + (hasIpv4 ? 1 : 0);
  const hex = hasIpv4 ? groups.slice(0, -1) : groups;
  if (!hex.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false;
  return tail === undefined ? length === 8 : length < 8;
}
