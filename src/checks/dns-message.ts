import { isIPv6 } from 'node:net';
import type { DnsType } from './model.ts';

/** Of RFC 1035 and its successors, for the types that may be asked for. */
const NUMBERS: Readonly<Record<DnsType, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
};
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

/** What a server answered: `answers` are those of the type that was asked for. */
export type DnsAnswer = {
  readonly rcode: string;
  readonly answers: readonly string[];
  /** It had more to say than fits into a datagram. */
  readonly isTruncated: boolean;
};

/** Encodes one question, with the wish for recursion. */
export function encodeQuery(id: number, name: string, type: DnsType): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(id, 0);
  head.writeUInt16BE(0x0100, 2);
  head.writeUInt16BE(1, 4);
  const labels = name.replace(/\.$/, '').split('.');
  const written = labels
    .filter((label) => label !== '')
    .map((label) => Buffer.concat([Buffer.from([Buffer.byteLength(label)]), Buffer.from(label)]));
  const tail = Buffer.from([0, 0, NUMBERS[type], 0, 1]);
  return Buffer.concat([head, ...written, tail]);
}

/** Decodes the answer to a question of this id; undefined for anything else. Never throws: whoever answers may be anybody. */
export function decodeAnswer(message: Buffer, id: number, type: DnsType): DnsAnswer | undefined {
  try {
    if (message.readUInt16BE(0) !== id || (message.readUInt8(2) & 0x80) === 0) return undefined;
    const rcode = message.readUInt8(3) & 0x0f;
    let at = 12;
    for (let left = message.readUInt16BE(4); left > 0; left--) at = nameAt(message, at).next + 4;
    const answers: string[] = [];
    for (let left = message.readUInt16BE(6); left > 0; left--) {
      at = nameAt(message, at).next;
      const length = message.readUInt16BE(at + 8);
      const start = at + 10;
      if (start + length > message.length) return undefined;
      if (message.readUInt16BE(at) === NUMBERS[type]) answers.push(valueAt(message, type, start, length));
      at = start + length;
    }
    return {
      rcode: RCODES[rcode] ?? `RCODE${rcode}`,
      answers: answers.sort(),
      isTruncated: (message.readUInt8(2) & 0x02) !== 0,
    };
  } catch {
    return undefined;
  }
}

/** An answer as `decodeAnswer` writes it, so that what a person wrote can be compared. */
export function canonicalAnswer(text: string, type: DnsType): string {
  if (type === 'AAAA' && isIPv6(text)) return new URL(`http://[${text}]`).hostname.slice(1, -1);
  return type === 'TXT' ? text : text.trim().toLowerCase().replace(/\.$/, '');
}

function valueAt(message: Buffer, type: DnsType, start: number, length: number): string {
  switch (type) {
    case 'A':
      return [...message.subarray(start, start + length)].join('.');
    case 'AAAA': {
      const groups = Array.from({ length: 8 }, (_, index) => message.readUInt16BE(start + 2 * index));
      return canonicalAnswer(groups.map((group) => group.toString(16)).join(':'), type);
    }
    case 'TXT': {
      const texts: string[] = [];
      for (let at = start; at < start + length; ) {
        const size = message.readUInt8(at);
        texts.push(message.toString('utf8', at + 1, at + 1 + size));
        at += 1 + size;
      }
      return texts.join('');
    }
    case 'MX':
      return `${message.readUInt16BE(start)} ${nameAt(message, start + 2).name}`;
    case 'SRV': {
      const [priority, weight, port] = [0, 2, 4].map((offset) => message.readUInt16BE(start + offset));
      return `${priority} ${weight} ${port} ${nameAt(message, start + 6).name}`;
    }
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return nameAt(message, start).name;
  }
}

/** A name, and where it ends; a name may go on elsewhere in the message, and must not do so in circles. */
function nameAt(message: Buffer, start: number): { readonly name: string; readonly next: number } {
  const labels: string[] = [];
  let at = start;
  let next: number | undefined;
  for (let jumps = 0; jumps < 64; ) {
    const length = message.readUInt8(at);
    if (length === 0) return { name: labels.join('.').toLowerCase(), next: next ?? at + 1 };
    if ((length & 0xc0) === 0xc0) {
      next ??= at + 2;
      at = message.readUInt16BE(at) & 0x3fff;
      jumps += 1;
      continue;
    }
    labels.push(message.toString('utf8', at + 1, at + 1 + length));
    at += 1 + length;
  }
  throw new RangeError('a name without an end');
}
