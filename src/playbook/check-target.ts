import type { PortExpectation } from '../checks/model.ts';
import { isAddress } from '../ruleset/address.ts';
import { FaultError } from './fault.ts';
import type { WrittenCheck } from './schema-check.ts';

/** Takes `address:port` apart; the address of IPv6 stands in brackets. @throws FaultError */
export function parseTarget(target: string): { readonly address: string; readonly port: number } {
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

/** An address or a name, without brackets. @throws FaultError */
export function parseHost(text: string): string {
  if (isAddress(text, 'ipv4') || isAddress(text, 'ipv6') || isName(text)) return text;
  throw new FaultError(
    'check-target',
    `"${text}" is neither an address nor a name`,
    'Write 203.0.113.1 or 2001:db8::1.',
  );
}

/** A DNS name; four numbers are an address, right or wrong. */
export function isName(text: string): boolean {
  return (
    /^(?=.{1,253}$)[a-z\d_]([a-z\d_-]*[a-z\d_])?(\.[a-z\d_]([a-z\d_-]*[a-z\d_])?)*$/i.test(text) &&
    !/^[\d.]+$/.test(text)
  );
}

/** Answers the URL itself. @throws FaultError */
export function checkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url !== undefined &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    !/[\s\p{C}]/u.test(text)
  )
    return text;
  throw new FaultError(
    'check-target',
    `"${text}" is not an http or https URL`,
    'Write http://203.0.113.1/healthz; an IPv6 address stands in brackets.',
  );
}

const PORT = ['open', 'closed', 'refused', 'filtered'] as const;

/** What a port may be expected to be, or undefined. */
export function portExpectation(expect: unknown): PortExpectation | undefined {
  return PORT.find((one) => one === expect);
}

/** Whether an expectation is a mapping of some of these keys and no others. */
export function isMappingOf(
  expect: WrittenCheck['expect'],
  keys: readonly string[],
): expect is Extract<WrittenCheck['expect'], object> {
  return typeof expect === 'object' && Object.keys(expect).every((key) => keys.includes(key));
}
