import { parseAddress } from './address.ts';
import { expandRanges } from './ranges.ts';

/** The hosts that one entry of an inventory stands for, with the port they share. */
export type HostEntry =
  | { readonly names: readonly string[]; readonly port?: number }
  | { readonly error: string };

/** Reads a host entry of an INI or YAML inventory: `gw[1:3]:2222`, `[2001:db8::2]:22`, `db.example.com`. */
export function parseHostEntry(text: string): HostEntry {
  const address = parseAddress(text) ?? { host: text };
  if (text.endsWith(':')) return { error: `"${text}" ends in ":", which only announces a port` };
  if (text === '---') return { error: '"---" starts a YAML file, not an INI inventory' };
  const expansion = expandRanges(address.host);
  if ('error' in expansion) return expansion;
  return address.port === undefined ? expansion : { names: expansion.names, port: address.port };
}
