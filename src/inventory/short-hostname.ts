import { isIpAddress } from './address.ts';

/** Ansible's `inventory_hostname_short`: up to the first dot; an address stays whole. */
export function shortHostname(name: string): string {
  return isIpAddress(name) ? name : (name.split('.')[0] ?? name);
}
