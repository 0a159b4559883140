import type { Check } from './model.ts';
import { oneLine } from './sight.ts';

/** Where a check is made, for `Observation.from`: `controller`, `gateway`, or the vantage host. */
export function placeOf({ from }: Pick<Check, 'from'>): string {
  return typeof from === 'string' ? from : from.host;
}

/** An expected text, short enough for one line. */
export function quote(text: string): string {
  return `"${oneLine(text, 60)}"`;
}

/** `203.0.113.1:443`, `[2001:db8::1]:443`. */
export function endpoint(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}
