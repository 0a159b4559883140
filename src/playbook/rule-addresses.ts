import { familyOf, isNetwork } from '../ruleset/address.ts';
import type { Family } from '../ruleset/model.ts';
import { FaultError } from './fault.ts';
import { abbreviates, type Option } from './rule-options.ts';

/**
 * Refuses names where addresses belong, and addresses of the other family. A name would be resolved on the gateway, once, at the time
 * of loading, perhaps through the very firewall that is being loaded.
 *
 * @throws FaultError
 */
export function checkAddresses(options: readonly Option[], jump: string | undefined, family: Family): void {
  for (const option of options) {
    for (const text of addressesOf(option, jump))
      if (!isNetwork(text, family)) throw fault(text, option.name, family);
  }
}

const LISTS = new Set([
  '-s',
  '--src',
  '-d',
  '--dst',
  '--ctorigsrc',
  '--ctorigdst',
  '--ctreplsrc',
  '--ctrepldst',
  '--gateway',
  '--on-ip',
]);

/** The parts of an option's argument that have to be addresses. */
function addressesOf({ name, value }: Option, jump: string | undefined): readonly string[] {
  if (LISTS.has(name) || abbreviates(name, '--source', 5) || abbreviates(name, '--destination', 6))
    return value.split(',');
  if (name === '--src-range' || name === '--dst-range') return value.split('-');
  if (abbreviates(name, '--to-destination', 6) || abbreviates(name, '--to-source', 6))
    return natAddresses(value);
  if (name !== '--to') return [];
  if (jump === 'NETMAP') return [value];
  return jump === 'DNAT' || jump === 'SNAT' ? natAddresses(value) : [];
}

/** `a`, `a-b`, `a:port`, `a-b:port-port`, `:port`; of IPv6 with a port `[a]:port` or `[a]-[b]:port`. */
function natAddresses(value: string): readonly string[] {
  if (/^:\d/.test(value)) return [];
  if (value.startsWith('['))
    return value
      .replace(/\]:[^\]]*$/, ']')
      .split('-')
      .map((part) => part.replace(/^\[|\]$/g, ''));
  const isOneColon = value.split(':').length === 2;
  if (/^[\d.]+:\d+-[\d.]+:\d+$/.test(value)) {
    throw new FaultError(
      'bad-address',
      `"${value}" is no range of addresses`,
      'The port comes once, after the range: 10.0.0.1-10.0.0.9:80.',
    );
  }
  return (isOneColon ? value.slice(0, value.indexOf(':')) : value).split('-');
}

function fault(text: string, option: string, family: Family): FaultError {
  const other = familyOf(text);
  if (other !== undefined && other !== family) {
    const word = other === 'ipv4' ? 'an IPv4' : 'an IPv6';
    return new FaultError(
      'wrong-family',
      `"${text}" after ${option} is ${word} address, but the rule is rendered for ${family}`,
      `Put the line between {{#${other}}} and {{/${other}}}.`,
    );
  }
  if (/[a-z]/i.test(text) && !text.includes(':')) {
    return new FaultError(
      'hostname-in-rule',
      `"${text}" after ${option} is a name, not an address`,
      'Rules hold addresses: give the address itself, or (hosts "PATTERN") for those of the inventory.',
    );
  }
  return new FaultError(
    'bad-address',
    `"${text}" after ${option} is not an ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address or network`,
    'Write an address, or a network such as 10.0.0.0/8 or 2001:db8::/32.',
  );
}
