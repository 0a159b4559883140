import { familyOf } from '../ruleset/address.ts';
import type { Family } from '../ruleset/model.ts';
import { FaultError } from './fault.ts';
import { isList, isMapping, type Seen, shown, textOf } from './seen.ts';

/**
 * Of addresses and networks of both families, those of one. A single text is a list of one.
 *
 * @param key where the items are mappings, which of their keys holds the address
 * @throws FaultError for an item that is of neither family
 */
export function ofFamily(
  list: Seen,
  key: string | undefined,
  family: Family | undefined,
  name: string,
): readonly Seen[] {
  if (family === undefined) {
    throw new FaultError(
      'family-block',
      '(family …) has no meaning here',
      'Families are a matter of rules and sets: write one check for each address.',
    );
  }
  const items = isList(list) ? list : [list];
  return items.filter((item) => {
    const text = textOf(key === undefined ? item : addressIn(item, key, name), `an item of ${name}`);
    const found = familyOf(text);
    if (found === undefined) {
      const remedy = 'Write addresses, or networks such as 10.0.0.0/8 or 2001:db8::/32.';
      throw new FaultError('bad-address', `${shown(text)} in ${name} is no address and no network`, remedy);
    }
    return found === family;
  });
}

function addressIn(item: Seen, key: string, name: string): Seen {
  if (isMapping(item) && Object.hasOwn(item, key)) return item[key] ?? null;
  throw new FaultError('undefined-variable', `an item of ${name} has no "${key}": ${shown(item)}`, 'Add it.');
}

/** `10.0.0.1:80`, `[2001:db8::1]:80`: as `--to-destination` and URLs write an address with a port. */
export function endpoint(address: string, port: string, name: string): string {
  if (familyOf(address) === undefined || address.includes('/'))
    throw new FaultError('bad-address', `${name} is ${shown(address)}, no address`, 'Give one address.');
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
