import type { Codec } from './module.ts';
import { servicePort } from './services.ts';
import { MAX_16, parseNumber } from './values.ts';

/** A port by number or by the name of its service. */
export function parsePort(text: string): number | undefined {
  return parseNumber(text, MAX_16) ?? servicePort(text);
}

/** `22`, `ssh`, `1024:`, `:1023`, `20:21`. */
export const portRange: Codec = (text) => {
  const bounds = parsePortRange(text);
  if (bounds === undefined) return undefined;
  return bounds[0] === bounds[1] ? `${bounds[0]}` : `${bounds[0]}:${bounds[1]}`;
};

/** Likewise where a number is decimal alone; with a leading zero or in hexadecimal it is left to the kernel. */
export const decimalPortRange: Codec = (text, context) =>
  /(^|:)0./.test(text) && text !== '0:65535' && !/^0:[1-9]/.test(text) ? undefined : portRange(text, context);

function parsePortRange(text: string): readonly [number, number] | undefined {
  const [first = '', last, ...more] = text.split(':');
  if (more.length > 0 || text === '') return undefined;
  const from = first === '' ? 0 : parsePort(first);
  const to = last === undefined ? from : last === '' ? MAX_16 : parsePort(last);
  return from === undefined || to === undefined || from > to ? undefined : [from, to];
}

/** Up to fifteen ports and ranges, of which a range counts twice; their order stays. */
export const portList: Codec = (text) => {
  const items: string[] = [];
  let places = 0;
  for (const item of text.split(',')) {
    const bounds = parsePortRange(item);
    if (bounds === undefined || (item.includes(':') && (bounds[0] === bounds[1] || /^:|:$/.test(item))))
      return undefined;
    places += item.includes(':') ? 2 : 1;
    items.push(bounds[0] === bounds[1] ? `${bounds[0]}` : `${bounds[0]}:${bounds[1]}`);
  }
  return places <= 15 ? items.join(',') : undefined;
};

/** `80`, `http` or `1024-31000`: with a dash between them, ports have no names. */
export const portSpan: Codec = (text) => {
  const whole = parsePort(text);
  if (/(^|-)0./.test(text) && !/^0-[1-9]/.test(text)) return undefined;
  if (whole !== undefined) return `${whole}`;
  const [first = '', last = '', ...more] = text.split('-');
  const [from, to] = [parseNumber(first, MAX_16), parseNumber(last, MAX_16)];
  if (from === undefined || to === undefined || from > to || more.length > 0) return undefined;
  return from === to ? `${from}` : `${from}-${to}`;
};
