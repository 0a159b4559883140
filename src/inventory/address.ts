/** A host as an inventory line or a pattern names it, its port split off. */
export type Address = { readonly host: string; readonly port?: number };

/**
 * Reads `name`, `name:port`, `[address]:port` or a bare IPv4 or IPv6 address, any of them with ranges.
 * Undefined for text that is no address: Ansible then takes it whole, colons included.
 */
export function parseAddress(text: string): Address | undefined {
  const match = BRACKETED_PORT.exec(text) ?? NAME_PORT.exec(text);
  const host = match?.[1] ?? text;
  if (!isIpAddress(host) && !isHostname(host)) return undefined;
  return match?.[2] === undefined ? { host } : { host, port: Number(match[2]) };
}

/** Says whether a name is an IPv4 or IPv6 address, ranges included. */
export function isIpAddress(text: string): boolean {
  return IPV4.test(text) || IPV6.test(text);
}

const BRACKETED_PORT = /^\[(.+)\]:([0-9]+)$/;
const NAME_PORT = /^((?:[^:[\]]|\[[^\]]*\])*):([0-9]+)$/;

const OCTET = '(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2}|\\[[0-9]+:[0-9]+(?::[0-9]+)?\\])';
const IPV4 = new RegExp(`^(?:${OCTET}\\.){3}${OCTET}$`);

const HEXTET = '(?:[0-9a-f]{1,4}|\\[[0-9a-f]+:[0-9a-f]+(?::[0-9]+)?\\])';
// Up to eight groups, one run of them possibly "::", the last two possibly dotted.
const IPV6 = new RegExp(
  `^(?:(?:${HEXTET}:){7}${HEXTET}|(?:${HEXTET}:){1,7}:|:(?::${HEXTET}){1,7}|::|` +
    `${[1, 2, 3, 4, 5, 6].map((n) => `(?:${HEXTET}:){1,${n}}(?::${HEXTET}){1,${7 - n}}`).join('|')}|` +
    `(?:(?:${HEXTET}:){6}|::(?:ffff(?::0{1,4})?:)?|(?:${HEXTET}:){1,4}:)(?:${OCTET}\\.){3}${OCTET})$`,
  'i',
);

const RANGE = '\\[(?:[a-z]:[a-z]|[0-9]+:[0-9]+)(?::[0-9]+)?\\]';
const LABEL = new RegExp(`^(?:[\\p{L}\\p{N}_]|${RANGE})(?:[\\p{L}\\p{N}_-]|${RANGE}){0,61}(?<!-)$`, 'iu');

function isHostname(text: string): boolean {
  return text.split('.').every((label) => LABEL.test(label));
}
