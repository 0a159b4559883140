import { isAddress } from '../address.ts';
import type { Family } from '../model.ts';
import type { Codec } from './module.ts';

/** An address with its mask as iptables saves them, such as `10.0.0.0/8`; the host bits are gone. */
export type Network = {
  readonly address: string;
  readonly prefix: number | undefined;
  readonly mask: string;
};

/** One address, saved as inet_ntop writes it. */
export const address: Codec = (text, { family }) => {
  const bytes = parseAddress(text, family);
  return bytes === undefined ? undefined : formatAddress(bytes, family);
};

/** `ADDRESS[/MASK]` saved with the mask, but for that of a single address. */
export const networkWithoutHostMask: Codec = (text, { family }) => {
  const network = parseNetwork(text, family);
  if (network === undefined) return undefined;
  return network.prefix === bitsOf(family) ? network.address : formatNetwork(network);
};

/** `FIRST-LAST`. */
export const addressRange: Codec = (text, context) => {
  const [first = '', last, ...more] = text.split('-');
  if (last === undefined || more.length > 0) return undefined;
  const [from, to] = [address(first, context), address(last, context)];
  return from === undefined || to === undefined ? undefined : `${from}-${to}`;
};

export function formatNetwork({ address: text, mask }: Network): string {
  return `${text}/${mask}`;
}

/**
 * Undefined for names, and for what iptables reads otherwise than people do: bytes with leading zeros are octal to it, and a
 * shortened address is filled up with zeros only where a mask stands after it.
 */
export function parseNetwork(text: string, family: Family): Network | undefined {
  const slash = text.indexOf('/');
  const written = slash < 0 ? text : text.slice(0, slash);
  const mask = slash < 0 ? undefined : text.slice(slash + 1);
  const filled =
    family === 'ipv4' && mask !== undefined && /^\d+(\.\d+){0,2}$/.test(written)
      ? `${written}${'.0'.repeat(4 - written.split('.').length)}`
      : written;
  const bytes = parseAddress(filled, family);
  const maskBytes = mask === undefined ? prefixBytes(bitsOf(family), family) : parseMask(mask, family);
  if (bytes === undefined || maskBytes === undefined) return undefined;
  const masked = bytes.map((byte, at) => byte & (maskBytes[at] ?? 0));
  const prefix = prefixOf(maskBytes);
  return {
    address: formatAddress(masked, family),
    prefix,
    mask: prefix === undefined ? formatAddress(maskBytes, family) : `${prefix}`,
  };
}

export function bitsOf(family: Family): number {
  return family === 'ipv4' ? 32 : 128;
}

function parseMask(text: string, family: Family): readonly number[] | undefined {
  if (!/^\d+$/.test(text)) return parseAddress(text, family);
  const bits = Number(text);
  return bits <= bitsOf(family) && (text === '0' || !text.startsWith('0'))
    ? prefixBytes(bits, family)
    : undefined;
}

function prefixBytes(bits: number, family: Family): readonly number[] {
  return Array.from({ length: bitsOf(family) / 8 }, (_, at) => {
    const rest = Math.min(8, Math.max(0, bits - at * 8));
    return (0xff << (8 - rest)) & 0xff;
  });
}

/** Undefined for a mask with gaps. */
function prefixOf(mask: readonly number[]): number | undefined {
  const bits = mask.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const ones = bits.indexOf('0') < 0 ? bits.length : bits.indexOf('0');
  return bits.indexOf('1', ones) < 0 ? ones : undefined;
}

/** The bytes of an address, 4 or 16; undefined for what iptables would not take, or read otherwise than people do. */
export function parseAddress(text: string, family: Family): readonly number[] | undefined {
  if (!isAddress(text, family)) return undefined;
  if (family === 'ipv6') return parseIpv6(text);
  const bytes = text.split('.');
  return bytes.some((byte) => byte.length > 1 && byte.startsWith('0')) ? undefined : bytes.map(Number);
}

function parseIpv6(text: string): readonly number[] | undefined {
  let hexText = text;
  if (text.includes('.')) {
    const at = text.lastIndexOf(':') + 1;
    const last = parseAddress(text.slice(at), 'ipv4');
    if (last === undefined) return undefined;
    const [a = 0, b = 0, c = 0, d = 0] = last;
    hexText = `${text.slice(0, at)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const [head = '', tail] = hexText.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return groups.flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** As `iptables-save` writes it. */
export function formatAddress(bytes: readonly number[], family: Family): string {
  return family === 'ipv4' ? bytes.join('.') : formatIpv6(bytes);
}

/** As glibc's inet_ntop: the first longest run of at least two zero groups becomes `::`, and mapped IPv4 addresses keep their dots. */
function formatIpv6(bytes: readonly number[]): string {
  const groups = Array.from({ length: 8 }, (_, at) => ((bytes[at * 2] ?? 0) << 8) | (bytes[at * 2 + 1] ?? 0));
  let [start, length] = [-1, 1];
  for (let at = 0; at < 8; at += 1) {
    let end = at;
    while (end < 8 && groups[end] === 0) end += 1;
    if (end - at > length) [start, length] = [at, end - at];
  }
  const hasDots = start === 0 && (length === 6 || (length === 5 && groups[5] === 0xffff));
  const dotted = bytes.slice(12).join('.');
  const text = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  if (hasDots) return length === 6 ? `::${dotted}` : `::ffff:${dotted}`;
  return start < 0 ? text(0, 8) : `${text(0, start)}::${text(start + length, 8)}`;
}
