import { address } from './addresses.ts';
import type { Codec, Context } from './module.ts';
import { parsePort } from './ports.ts';

const PORT_PROTOCOLS = new Set(['tcp', 'udp', 'sctp', 'dccp']);

/** What DNAT and SNAT translate to: `a`, `a-b`, `a:port`, `:port`, `a:from-to`, `a:from-to/base`; of IPv6 with a port `[a-b]:port`. */
export const savedNat: Codec = (text, context) => {
  const parts = splitPort(text, context);
  if (parts === undefined) return undefined;
  const [addresses, port] = parts;
  const savedAddresses = addresses === '' ? '' : savedRange(addresses, context);
  if (savedAddresses === undefined) return undefined;
  if (port === undefined) return savedAddresses === '' ? undefined : savedAddresses;
  const savedPort = PORT_PROTOCOLS.has(context.protocol ?? '') ? natPort(port) : undefined;
  if (savedPort === undefined) return undefined;
  const isBracketed = context.family === 'ipv6' && savedAddresses !== '';
  return `${isBracketed ? `[${savedAddresses}]` : savedAddresses}:${savedPort}`;
};

function splitPort(text: string, { family }: Context): readonly [string, string | undefined] | undefined {
  if (family === 'ipv6') {
    const [, inside, port] = /^\[([^[\]]+)\]:(.+)$/.exec(text) ?? [];
    if (inside !== undefined) return [inside, port];
    return /[[\]]/.test(text) || (text.startsWith(':') && !text.startsWith('::'))
      ? undefined
      : [text, undefined];
  }
  const [first = '', port, ...more] = text.split(':');
  return more.length > 0 ? undefined : [first, port];
}

function savedRange(text: string, context: Context): string | undefined {
  const [first = '', last, ...more] = text.split('-');
  const from = address(first, context);
  const to = last === undefined ? from : address(last, context);
  if (from === undefined || to === undefined || more.length > 0) return undefined;
  return from === to ? from : `${from}-${to}`;
}

function natPort(text: string): string | undefined {
  const [range = '', base, ...more] = text.split('/');
  // Numbers are decimal here; what strtoul would read otherwise is left to the kernel.
  if (/(^|[-/])0/.test(text)) return undefined;
  const whole = parsePort(range);
  const [first = '', last, ...rest] = whole === undefined ? range.split('-') : [`${whole}`];
  const from = parsePort(first);
  const to = last === undefined ? from : parsePort(last);
  if (from === undefined || to === undefined || from === 0 || from > to || rest.length + more.length > 0)
    return undefined;
  const saved = from === to ? `${from}` : `${from}-${to}`;
  if (base === undefined) return saved;
  const start = parsePort(base);
  return start === undefined || start === 0 || from === to ? undefined : `${saved}/${start}`;
}
