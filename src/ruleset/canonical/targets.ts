import { address, parseNetwork } from './addresses.ts';
import { dscp, dscpClass, maskedByte, tos } from './dscp-tos.ts';
import {
  type Context,
  flag,
  type GivenOptions,
  type Module,
  module,
  type OptionSpec,
  option,
} from './module.ts';
import { savedNat } from './nat-address.ts';
import { portSpan } from './ports.ts';
import { setFlags } from './set-flags.ts';
import { freeText, hex, isAscii, MAX_8, MAX_16, MAX_32, number, oneOf, parseMasked, parseNumber, quoted } from './values.ts'; // biome-ignore format: short

const LOG_LEVELS: Readonly<Record<string, string>> = { emerg: '0', panic: '0', alert: '1', crit: '2', error: '3', warning: '4', notice: '5', info: '6', debug: '7' }; // biome-ignore format: a list
const LOG_PREFIX_BYTES = 29;

const REJECTS = {
  ipv4: ['icmp-net-unreachable net-unreach', 'icmp-host-unreachable host-unreach', 'icmp-proto-unreachable proto-unreach', 'icmp-port-unreachable port-unreach', 'icmp-net-prohibited net-prohib', 'icmp-host-prohibited host-prohib', 'tcp-reset tcp-rst', 'icmp-admin-prohibited admin-prohib'],
  ipv6: ['icmp6-no-route no-route', 'icmp6-adm-prohibited adm-prohibited', 'icmp6-addr-unreachable addr-unreach', 'icmp6-port-unreachable port-unreach', 'tcp-reset', 'icmp6-policy-fail policy-fail', 'icmp6-reject-route reject-route'],
} as const; // biome-ignore format: lists

const PORT_PROTOCOLS = new Set(['tcp', 'udp', 'sctp', 'dccp']);

const twoArguments = (name: string): OptionSpec => ({
  ...option(name, () => undefined),
  arity: 2,
  save: ({ values: [set = '', flags = ''] }) => {
    const saved = setFlags(set, flags);
    return saved === undefined ? undefined : `${name} ${saved}`;
  },
});

/** What stands after `-j` besides chains and verdicts. */
export const TARGETS: readonly Module[] = [
  module('LOG', [
    option('--log-prefix', logPrefix),
    option('--log-level', logLevel, { omit: '4' }),
    flag('--log-tcp-sequence'),
    flag('--log-tcp-options'),
    flag('--log-ip-options'),
    flag('--log-uid'),
    flag('--log-macdecode'),
  ]),
  module('NFLOG', [
    option('--nflog-prefix', (text, context) => (text === '' || /\n/.test(text) ? undefined : freeText(63)(text, context))),
    option('--nflog-group', number(MAX_16), { omit: '0' }),
    option('--nflog-size', number(MAX_32, 1)),
    option('--nflog-threshold', number(MAX_16, 1)),
  ]), // biome-ignore format: short
  module('REJECT', [option('--reject-with', rejectWith)], { save: saveReject }),
  module('DNAT', [option('--to-destination', savedNat), flag('--random'), flag('--persistent')], { required: [['--to-destination']] }), // biome-ignore format: short
  module('SNAT', [option('--to-source', savedNat), flag('--random'), flag('--random-fully'), flag('--persistent')], { required: [['--to-source']] }), // biome-ignore format: short
  module('MASQUERADE', [option('--to-ports', natPorts), flag('--random'), flag('--random-fully')]),
  module('REDIRECT', [option('--to-ports', natPorts), flag('--random')]),
  module('NETMAP', [option('--to', networkTo)], { required: [['--to']] }),
  module('MARK', ['--set-xmark', '--set-mark', '--and-mark', '--or-mark', '--xor-mark'].map((name) => option(name, () => undefined)), { required: [['--set-xmark', '--set-mark', '--and-mark', '--or-mark', '--xor-mark']], exclusive: [['--set-xmark', '--set-mark', '--and-mark', '--or-mark', '--xor-mark']], save: saveMark }), // biome-ignore format: short
  module('CONNMARK', [
    ...['--set-xmark', '--set-mark', '--and-mark', '--or-mark', '--xor-mark'].map((name) => option(name, () => undefined)),
    flag('--save-mark'),
    flag('--restore-mark'),
    option('--ctmask', () => undefined),
    option('--nfmask', () => undefined),
    option('--mask', () => undefined),
  ], { required: [['--set-xmark', '--set-mark', '--and-mark', '--or-mark', '--xor-mark', '--save-mark', '--restore-mark']], exclusive: [['--set-xmark', '--set-mark', '--and-mark', '--or-mark', '--xor-mark', '--save-mark', '--restore-mark']], save: saveConnmark }), // biome-ignore format: short
  module('TCPMSS', [option('--set-mss', number(MAX_16)), flag('--clamp-mss-to-pmtu')], { required: [['--set-mss', '--clamp-mss-to-pmtu']], exclusive: [['--set-mss', '--clamp-mss-to-pmtu']] }), // biome-ignore format: short
  module('TOS', ['--set-tos', '--and-tos', '--or-tos', '--xor-tos'].map((name) => option(name, () => undefined)), { required: [['--set-tos', '--and-tos', '--or-tos', '--xor-tos']], exclusive: [['--set-tos', '--and-tos', '--or-tos', '--xor-tos']], save: saveTos }), // biome-ignore format: short
  module('DSCP', [option('--set-dscp', dscp), { ...option('--set-dscp-class', dscpClass), save: ({ values: [name = ''] }, context) => { const value = dscpClass(name, context); return value === undefined ? undefined : `--set-dscp ${value}`; } }], { required: [['--set-dscp', '--set-dscp-class']], exclusive: [['--set-dscp', '--set-dscp-class']] }), // biome-ignore format: short
  module('ECN', [flag('--ecn-tcp-remove')], { required: [['--ecn-tcp-remove']], family: 'ipv4' }),
  hops('TTL', 'ttl', 'ipv4'),
  hops('HL', 'hl', 'ipv6'),
  module('CLASSIFY', [option('--set-class', trafficClass)], { required: [['--set-class']] }),
  module('NOTRACK', []),
  module('CT', [flag('--notrack'), option('--helper', (text) => (/^[\w.-]{1,15}$/.test(text) ? text : undefined)), option('--zone', number(MAX_16, 1))], { exclusive: [['--notrack', '--helper'], ['--notrack', '--zone']] }), // biome-ignore format: short
  module('SET', [twoArguments('--add-set'), twoArguments('--del-set'), twoArguments('--map-set'), flag('--exist'), option('--timeout', number(MAX_32))], { required: [['--add-set', '--del-set', '--map-set']], exclusive: [['--add-set', '--del-set', '--map-set']] }), // biome-ignore format: short
  module('TPROXY', [option('--on-port', portSpan), option('--on-ip', address), option('--tproxy-mark', tproxyMark)], { required: [['--on-port']], save: saveTproxy }), // biome-ignore format: short
  module('TEE', [option('--gateway', address), option('--oif', (text) => (/^[\w.-]{1,15}$/.test(text) ? text : undefined))], { required: [['--gateway']] }), // biome-ignore format: short
  module('NFQUEUE', [option('--queue-num', number(MAX_16)), option('--queue-balance', queueBalance), flag('--queue-bypass'), flag('--queue-cpu-fanout')], { exclusive: [['--queue-num', '--queue-balance']], save: saveNfqueue }), // biome-ignore format: short
  module('AUDIT', [option('--type', oneOf(['accept', 'drop', 'reject']))], { required: [['--type']] }),
  module('CHECKSUM', [flag('--checksum-fill')], { required: [['--checksum-fill']] }),
  module('CONNSECMARK', [flag('--save'), flag('--restore')], { required: [['--save', '--restore']], exclusive: [['--save', '--restore']] }), // biome-ignore format: short
  module('IDLETIMER', [option('--timeout', number(MAX_32, 1)), option('--label', (text) => (/^\w{1,27}$/.test(text) ? text : undefined)), flag('--alarm')], { required: [['--timeout'], ['--label']] }), // biome-ignore format: short
  module('TRACE', []),
  module('SYNPROXY', [flag('--sack-perm'), flag('--timestamp'), option('--wscale', number(14)), option('--mss', number(MAX_16)), flag('--ecn')]), // biome-ignore format: short
  ...['SNPT', 'DNPT'].map((name) => module(name, [option('--src-pfx', prefixTo), option('--dst-pfx', prefixTo)], { required: [['--src-pfx'], ['--dst-pfx']], family: 'ipv6' })), // biome-ignore format: short
];

function hops(name: string, word: string, family: 'ipv4' | 'ipv6'): Module {
  const names = [`--${word}-set`, `--${word}-dec`, `--${word}-inc`];
  const options = names.map((one) => option(one, number(MAX_8, one.endsWith('set') ? 0 : 1)));
  return module(name, options, { required: [names], exclusive: [names], family });
}

/** The kernel keeps 29 bytes of it, without a word. */
function logPrefix(text: string): string | undefined {
  if (text === '' || text.includes('\n')) return undefined;
  if (isAscii(text)) return quoted(text.slice(0, LOG_PREFIX_BYTES));
  return freeText(LOG_PREFIX_BYTES)(text, { family: 'ipv4', backend: 'nft', protocol: undefined });
}

function logLevel(text: string): string | undefined {
  return LOG_LEVELS[text] ?? (/^[0-7]$/.test(text) ? text : undefined);
}

function rejectWith(text: string, { family, protocol }: Context): string | undefined {
  const found = REJECTS[family].find((names) => names.split(' ').includes(text.toLowerCase()));
  const name = found?.split(' ')[0];
  return name === 'tcp-reset' && protocol !== 'tcp' ? undefined : name;
}

function saveReject(given: GivenOptions, context: Context): string | undefined {
  const written = given.get('--reject-with')?.values[0] ?? 'port-unreach';
  const saved = rejectWith(written, context);
  return saved === undefined ? undefined : ` --reject-with ${saved}`;
}

/** Ports to translate to are those of some protocol. */
function natPorts(text: string, context: Context): string | undefined {
  return PORT_PROTOCOLS.has(context.protocol ?? '') ? portSpan(text, context) : undefined;
}

function networkTo(text: string, context: Context): string | undefined {
  const network = parseNetwork(text, context.family);
  return network?.prefix === undefined || network.prefix === 0 || !text.includes('/')
    ? undefined
    : `${network.address}/${network.prefix}`;
}

function prefixTo(text: string, { family }: Context): string | undefined {
  const network = parseNetwork(text, family);
  return network?.prefix === undefined || network.prefix > 64 || !text.includes('/') ? undefined : `${network.address}/${network.prefix}`; // biome-ignore format: short
}

function saveMark(given: GivenOptions): string | undefined {
  const parts = markChange(given);
  return parts === undefined ? undefined : ` --set-xmark ${hex(parts[0])}/${hex(parts[1])}`;
}

/** Every way to change a mark is `(mark & ~mask) ^ value` in the end. */
function markChange(given: GivenOptions): readonly [number, number] | undefined {
  const [[name, one] = ['', undefined]] = [...given].filter(([key]) => key.endsWith('mark'));
  const text = one?.values[0] ?? '';
  if (name === '--set-xmark' || name === '--set-mark') {
    const parts = parseMasked(text, MAX_32);
    if (parts === undefined || name === '--set-xmark') return parts;
    return [parts[0], (parts[0] | parts[1]) >>> 0];
  }
  const bits = parseNumber(text, MAX_32);
  if (bits === undefined) return undefined;
  if (name === '--and-mark') return [0, ~bits >>> 0];
  return name === '--or-mark' ? [bits, bits] : [bits, 0];
}

function saveConnmark(given: GivenOptions): string | undefined {
  const isSave = given.has('--save-mark');
  const masks = ['--nfmask', '--ctmask', '--mask'].filter((name) => given.has(name));
  if (!isSave && !given.has('--restore-mark')) return masks.length > 0 ? undefined : saveMark(given);
  if (given.has('--mask') && masks.length > 1) return undefined;
  const [nf, ct] = ['--nfmask', '--ctmask'].map((name) => {
    const text = (given.get('--mask') ?? given.get(name))?.values[0];
    return text === undefined ? MAX_32 : parseNumber(text, MAX_32);
  });
  if (nf === undefined || ct === undefined) return undefined;
  return ` --${isSave ? 'save' : 'restore'}-mark --nfmask ${hex(nf)} --ctmask ${hex(ct)}`;
}

function saveTos(given: GivenOptions): string | undefined {
  const [[name, one] = ['', undefined]] = [...given];
  const text = one?.values[0] ?? '';
  if (name === '--set-tos') {
    const saved = tos(text, { family: 'ipv4', backend: 'nft', protocol: undefined });
    return saved === undefined ? undefined : ` --set-tos ${saved}`;
  }
  const bits = parseNumber(text, MAX_8);
  if (bits === undefined) return undefined;
  if (name === '--and-tos') return ` --set-tos ${maskedByte(0, ~bits & 0xff)}`;
  return ` --set-tos ${maskedByte(bits, name === '--or-tos' ? bits : 0)}`;
}

/** `MAJOR:MINOR` in hexadecimal. */
function trafficClass(text: string): string | undefined {
  const [, major = '', minor = ''] = /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(text) ?? [];
  if (major === '') return undefined;
  return `${major.toLowerCase().padStart(4, '0')}:${minor.toLowerCase().padStart(4, '0')}`;
}

function tproxyMark(text: string): string | undefined {
  const parts = parseMasked(text, MAX_32);
  return parts === undefined ? undefined : `${hex(parts[0])}/${hex(parts[1])}`;
}

function saveTproxy(given: GivenOptions, context: Context): string | undefined {
  if (context.protocol !== 'tcp' && context.protocol !== 'udp') return undefined;
  const port = onPort(given.get('--on-port')?.values[0] ?? '', context);
  const any = context.family === 'ipv4' ? '0.0.0.0' : '::';
  const ip = address(given.get('--on-ip')?.values[0] ?? any, context);
  const written = given.get('--tproxy-mark')?.values[0];
  const mark = written === undefined ? '0x0/0x0' : tproxyMark(written);
  if (port === undefined || ip === undefined || mark === undefined) return undefined;
  return ` --on-port ${port} --on-ip ${ip} --tproxy-mark ${mark}`;
}

/** Decimal alone. */
function onPort(text: string, context: Context): string | undefined {
  return /^0./.test(text) ? undefined : number(MAX_16)(text, context);
}

function queueBalance(text: string): string | undefined {
  const [, first = '', last = ''] = /^(\d+):(\d+)$/.exec(text) ?? [];
  return first !== '' && Number(first) < Number(last) && Number(last) <= MAX_16 ? `${Number(first)}:${Number(last)}` : undefined; // biome-ignore format: short
}

function saveNfqueue(given: GivenOptions, context: Context): string | undefined {
  const balance = given.get('--queue-balance')?.values[0];
  if (given.has('--queue-cpu-fanout') && balance === undefined) return undefined;
  const num = number(MAX_16)(given.get('--queue-num')?.values[0] ?? '0', context);
  const queue = balance === undefined ? num && `--queue-num ${num}` : queueBalance(balance);
  if (queue === undefined) return undefined;
  const flags = `${given.has('--queue-bypass') ? ' --queue-bypass' : ''}${given.has('--queue-cpu-fanout') ? ' --queue-cpu-fanout' : ''}`; // biome-ignore format: short
  return ` ${balance === undefined ? queue : `--queue-balance ${queue}`}${flags}`;
}
