import { isAddress } from '../ruleset/address.ts';
import { FaultError } from './fault.ts';
import type { CheckTemplate } from './model.ts';

/** A probe with its target taken apart; the same shape as the checks room's `Probe`. */
export type Probe =
  | {
      readonly kind: 'tcp';
      readonly address: string;
      readonly port: number;
      readonly expect: 'open' | 'closed';
    }
  | Exclude<CheckTemplate['probe'], { readonly kind: 'tcp' }>;

/** Reads the rendered target of a probe. @throws FaultError for a target that nothing could be asked of */
export function parseProbe(probe: CheckTemplate['probe']): Probe {
  switch (probe.kind) {
    case 'tcp':
      return { kind: 'tcp', ...parseTarget(probe.target), expect: probe.expect };
    case 'http':
      checkUrl(probe.url);
      return probe;
    case 'command':
      return probe;
  }
}

function parseTarget(target: string): { readonly address: string; readonly port: number } {
  const [, v6, v4OrName, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(target) ?? [];
  const address = v6 ?? v4OrName ?? '';
  const port = Number(digits);
  const isFine = v6 === undefined ? isAddress(address, 'ipv4') || isName(address) : isAddress(v6, 'ipv6');
  if (isFine && port >= 1 && port <= 65_535) return { address, port };
  throw new FaultError(
    'check-target',
    `"${target}" is not address:port`,
    'Write 203.0.113.1:443 or [2001:db8::1]:443.',
  );
}

/** A DNS name; four numbers are an address, right or wrong. */
function isName(text: string): boolean {
  return (
    /^(?=.{1,253}$)[a-z\d_]([a-z\d_-]*[a-z\d_])?(\.[a-z\d_]([a-z\d_-]*[a-z\d_])?)*$/i.test(text) &&
    !/^[\d.]+$/.test(text)
  );
}

function checkUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url !== undefined &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    !/[\s\p{C}]/u.test(text)
  )
    return;
  throw new FaultError(
    'check-target',
    `"${text}" is not an http or https URL`,
    'Write http://203.0.113.1/healthz; an IPv6 address stands in brackets.',
  );
}
