import { isAddress } from '../../../ruleset/address.ts';
import { parsePort } from '../../../ruleset/canonical/ports.ts';
import type { Family } from '../../../ruleset/model.ts';

/** What DNAT translates to; `ports` where it names any. */
export type NatTarget = {
  readonly first: string;
  /** Of a range of addresses. */
  readonly last: string | undefined;
  readonly ports: readonly [number, number] | undefined;
  /** `FROM-TO/BASE`: the ports are shifted. */
  readonly isShifted: boolean;
};

/** Undefined for what iptables would not take. */
export function natTarget(text: string, family: Family): NatTarget | undefined {
  const [, v6, v6port] = /^\[([^[\]]+)\](?::(.+))?$/.exec(text) ?? [];
  const [v4 = '', v4port, ...more] = text.split(':');
  const [addresses, port] = family === 'ipv6' ? [v6 ?? text, v6port] : [v4, v4port];
  if (family === 'ipv4' && more.length > 0) return undefined;
  const [first = '', last, ...rest] = addresses.split('-');
  const areAddresses = [first, last ?? first].every((one) => one === '' || isAddress(one, family));
  if (!areAddresses || rest.length > 0) return undefined;
  const isShifted = port?.includes('/') ?? false;
  const [from = '', to] = (port ?? '').split('/')[0]?.split('-') ?? [];
  const low = parsePort(from);
  const high = to === undefined ? low : parsePort(to);
  const span = low === undefined || high === undefined ? undefined : ([low, high] as const);
  return { first, last: last === first ? undefined : last, ports: span, isShifted };
}
