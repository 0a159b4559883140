import type { Codec } from './module.ts';
import { MAX_8, parseNumber } from './values.ts';

type Names = readonly (readonly [name: string, saved: string])[];

/** `extensions/libxt_icmp.h`, in its order. */
const ICMP: Names = [
  ['any', 'any'],
  ['echo-reply', '0'],
  ['pong', '0'],
  ['destination-unreachable', '3'],
  ['network-unreachable', '3/0'],
  ['host-unreachable', '3/1'],
  ['protocol-unreachable', '3/2'],
  ['port-unreachable', '3/3'],
  ['fragmentation-needed', '3/4'],
  ['source-route-failed', '3/5'],
  ['network-unknown', '3/6'],
  ['host-unknown', '3/7'],
  ['network-prohibited', '3/9'],
  ['host-prohibited', '3/10'],
  ['TOS-network-unreachable', '3/11'],
  ['TOS-host-unreachable', '3/12'],
  ['communication-prohibited', '3/13'],
  ['host-precedence-violation', '3/14'],
  ['precedence-cutoff', '3/15'],
  ['source-quench', '4'],
  ['redirect', '5'],
  ['network-redirect', '5/0'],
  ['host-redirect', '5/1'],
  ['TOS-network-redirect', '5/2'],
  ['TOS-host-redirect', '5/3'],
  ['echo-request', '8'],
  ['ping', '8'],
  ['router-advertisement', '9'],
  ['router-solicitation', '10'],
  ['time-exceeded', '11'],
  ['ttl-exceeded', '11'],
  ['ttl-zero-during-transit', '11/0'],
  ['ttl-zero-during-reassembly', '11/1'],
  ['parameter-problem', '12'],
  ['ip-header-bad', '12/0'],
  ['required-option-missing', '12/1'],
  ['timestamp-request', '13'],
  ['timestamp-reply', '14'],
  ['address-mask-request', '17'],
  ['address-mask-reply', '18'],
];

const ICMP6: Names = [
  ['destination-unreachable', '1'],
  ['no-route', '1/0'],
  ['communication-prohibited', '1/1'],
  ['beyond-scope', '1/2'],
  ['address-unreachable', '1/3'],
  ['port-unreachable', '1/4'],
  ['failed-policy', '1/5'],
  ['reject-route', '1/6'],
  ['packet-too-big', '2'],
  ['time-exceeded', '3'],
  ['ttl-exceeded', '3'],
  ['ttl-zero-during-transit', '3/0'],
  ['ttl-zero-during-reassembly', '3/1'],
  ['parameter-problem', '4'],
  ['bad-header', '4/0'],
  ['unknown-header-type', '4/1'],
  ['unknown-option', '4/2'],
  ['echo-request', '128'],
  ['ping', '128'],
  ['echo-reply', '129'],
  ['pong', '129'],
  ['router-solicitation', '133'],
  ['router-advertisement', '134'],
  ['neighbour-solicitation', '135'],
  ['neighbor-solicitation', '135'],
  ['neighbour-advertisement', '136'],
  ['neighbor-advertisement', '136'],
  ['redirect', '137'],
];

export const icmpType: Codec = (text) => typeOf(text, ICMP);
export const icmp6Type: Codec = (text) => typeOf(text, ICMP6);

/** A name, its only possible beginning, `TYPE` or `TYPE/CODE`. */
function typeOf(text: string, names: Names): string | undefined {
  const lower = text.toLowerCase();
  const found = names.filter(([name]) => name.toLowerCase().startsWith(lower));
  if (found.length > 0) return found.length === 1 ? found[0]?.[1] : undefined;
  const [first = '', second, ...more] = text.split('/');
  const type = parseNumber(first, MAX_8);
  if (type === undefined || more.length > 0) return undefined;
  if (second === undefined) return `${type}`;
  const code = parseNumber(second, MAX_8);
  return code === undefined ? undefined : `${type}/${code}`;
}
