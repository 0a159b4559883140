import { dscp, dscpClass, tos } from './dscp-tos.ts';
import { type Codec, flag, type GivenOptions, type Module, module, option, saveInOrder } from './module.ts';
import { protocolName, protocolNumber } from './protocols.ts';
import { saveString } from './search-text.ts';
import { setFlags } from './set-flags.ts';
import { dateAndTime, monthDays, otherMonthDays, otherWeekdays, timeOfDay, weekdays } from './time.ts';
import { u32 } from './u32.ts';
import {
  byteLength,
  freeText,
  hex,
  hexNumber,
  MAX_8,
  MAX_16,
  MAX_32,
  number,
  oneOf,
  parseBigNumber,
  parseMasked,
  range,
  wordSet,
} from './values.ts';

const yes = { canNegate: true } as const;

const ADDRESS_TYPES = ['UNSPEC', 'UNICAST', 'LOCAL', 'BROADCAST', 'ANYCAST', 'MULTICAST', 'BLACKHOLE', 'UNREACHABLE', 'PROHIBIT', 'THROW', 'NAT', 'XRESOLVE'] as const; // biome-ignore format: a list

const mac: Codec = (text) => (/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text) ? text.toLowerCase() : undefined);

/** Users and groups by name are the gateway's own, but for the first of each. */
const owner: Codec = (text) => {
  if (text === 'root') return '0';
  const [, first = '', last] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  const codec = number(MAX_32 - 1);
  const [from, to] = [codec(first, plain), codec(last ?? first, plain)];
  if (from === undefined || to === undefined || Number(from) > Number(to)) return undefined;
  return from === to ? from : `${from}-${to}`;
};

const plain = { family: 'ipv4', backend: 'nft', protocol: undefined } as const;
const device: Codec = (text) => (/^[\w.:-]{1,14}[\w.:+-]?$/.test(text) ? text : undefined);

const comparisons = ['--packets', '--bytes'].flatMap((what) => [
  option(`${what}-eq`, (text) => parseBigNumber(text)?.toString(), yes),
  option(`${what}-lt`, (text) => parseBigNumber(text)?.toString()),
  option(`${what}-gt`, (text) => parseBigNumber(text)?.toString()),
]);

const timeOptions = [
  option('--timestart', timeOfDay),
  option('--timestop', timeOfDay),
  option('--monthdays', monthDays, yes),
  option('--weekdays', weekdays, yes),
  option('--datestart', dateAndTime),
  option('--datestop', dateAndTime, { absent: '--datestop 2038-01-19T03:14:07' }),
  flag('--kerneltz'),
  flag('--contiguous'),
];

const hopLimits = (name: string) => [
  option(`--${name}-eq`, number(MAX_8), yes),
  option(`--${name}-lt`, number(MAX_8)),
  option(`--${name}-gt`, number(MAX_8)),
];

/** The matches that look at one packet, or at where it comes from. */
export const PACKET_MATCHES: readonly Module[] = [
  module('comment', [option('--comment', comment)], { required: [['--comment']] }),
  module(
    'addrtype',
    [
      option('--src-type', wordSet(ADDRESS_TYPES), yes),
      option('--dst-type', wordSet(ADDRESS_TYPES), yes),
      flag('--limit-iface-in'),
      flag('--limit-iface-out'),
    ],
    { required: [['--src-type', '--dst-type']], exclusive: [['--limit-iface-in', '--limit-iface-out']] },
  ),
  module('owner', [
    flag('--socket-exists', yes),
    option('--uid-owner', owner, yes),
    option('--gid-owner', owner, yes),
    flag('--suppl-groups'),
  ]),
  module('mac', [option('--mac-source', mac, yes)], { required: [['--mac-source']] }),
  module('length', [option('--length', range(MAX_16), yes)], { required: [['--length']] }),
  module('pkttype', [option('--pkt-type', oneOf(['unicast', 'broadcast', 'multicast'], { host: 'unicast', bcast: 'broadcast', mcast: 'multicast' }), yes)], { required: [['--pkt-type']] }), // biome-ignore format: short
  module('tos', [option('--tos', tos, yes)], { required: [['--tos']] }),
  module('dscp', [option('--dscp', dscp, yes), { ...option('--dscp-class', dscpClass, yes), save: ({ values: [name = ''], isNegated }) => { const value = dscpClass(name, plain); return value === undefined ? undefined : `${isNegated ? '! ' : ''}--dscp ${value}`; } }], { required: [['--dscp', '--dscp-class']], exclusive: [['--dscp', '--dscp-class']] }), // biome-ignore format: short
  module('ecn', [
    flag('--ecn-tcp-ece', yes),
    flag('--ecn-tcp-cwr', yes),
    option('--ecn-ip-ect', number(3), yes),
  ]),
  module('ttl', hopLimits('ttl'), { required: [['--ttl-eq', '--ttl-lt', '--ttl-gt']], exclusive: [['--ttl-eq', '--ttl-lt', '--ttl-gt']], family: 'ipv4' }), // biome-ignore format: short
  module('hl', hopLimits('hl'), { required: [['--hl-eq', '--hl-lt', '--hl-gt']], exclusive: [['--hl-eq', '--hl-lt', '--hl-gt']], family: 'ipv6' }), // biome-ignore format: short
  module('ah', [option('--ahspi', range(MAX_32), yes)]),
  module('tcpmss', [option('--mss', range(MAX_16), yes)], { required: [['--mss']] }),
  module('u32', [option('--u32', u32, yes)], { required: [['--u32']] }),
  module('string', [option('--string', () => undefined, yes), option('--hex-string', () => undefined, yes), option('--algo', () => undefined), option('--from', () => undefined), option('--to', () => undefined), flag('--icase')], { required: [['--string', '--hex-string'], ['--algo']], exclusive: [['--string', '--hex-string']], save: saveString }), // biome-ignore format: short
  module('time', [...timeOptions, flag('--utc')], { save: saveTime, exclusive: [['--utc', '--kerneltz']] }),
  module('set', [
    { ...option('--match-set', () => undefined, yes), arity: 2, save: ({ values: [name = '', flags = ''], isNegated }) => { const saved = setFlags(name, flags); return saved === undefined ? undefined : `${isNegated ? '! ' : ''}--match-set ${saved}`; } }, // biome-ignore format: short
    flag('--return-nomatch'),
    flag('--update-counters', yes),
    flag('--update-subcounters', yes),
    ...comparisons,
  ], { required: [['--match-set']], save: saveSetMatch }), // biome-ignore format: short
  module('physdev', [
    flag('--physdev-is-in', yes),
    option('--physdev-in', device, yes),
    flag('--physdev-is-out', yes),
    option('--physdev-out', device, yes),
    flag('--physdev-is-bridged', yes),
  ], { required: [['--physdev-is-in', '--physdev-in', '--physdev-is-out', '--physdev-out', '--physdev-is-bridged']] }), // biome-ignore format: short
  module('policy', [
    option('--dir', oneOf(['in', 'out'])),
    option('--pol', oneOf(['none', 'ipsec'])),
    flag('--strict'),
    option('--reqid', number(MAX_32), yes),
    option('--spi', hexNumber(MAX_32), yes),
    option('--proto', policyProtocol, yes),
    option('--mode', oneOf(['transport', 'tunnel']), yes),
  ], { required: [['--dir'], ['--pol']] }), // biome-ignore format: short
  module('socket', [flag('--transparent'), flag('--nowildcard'), flag('--restore-skmark')]),
  module('rpfilter', [flag('--loose'), flag('--validmark'), flag('--accept-local'), flag('--invert')]),
  module('cpu', [option('--cpu', number(MAX_32), yes)], { required: [['--cpu']] }),
  module('devgroup', [option('--src-group', group, yes), option('--dst-group', group, yes)], { required: [['--src-group', '--dst-group']] }), // biome-ignore format: short
  module('realm', [option('--realm', realm, yes)], { required: [['--realm']], family: 'ipv4' }),
  module('cgroup', [option('--path', (text) => (/^\/[\w./-]*$/.test(text) ? `"${text}"` : undefined), yes), option('--cgroup', number(MAX_32), yes)], { required: [['--path', '--cgroup']], exclusive: [['--path', '--cgroup']] }), // biome-ignore format: short
  module('frag', [
    option('--fragid', range(MAX_32), yes),
    option('--fraglen', number(MAX_32), yes),
    flag('--fragres'),
    flag('--fragfirst'),
    flag('--fragmore'),
    flag('--fraglast'),
  ], { family: 'ipv6', exclusive: [['--fragmore', '--fraglast']] }), // biome-ignore format: short
  ...['hbh', 'dst'].map(
    (name) =>
    module(name, [option(`--${name}-len`, number(MAX_32), yes), option(`--${name}-opts`, extensionOptions)], { family: 'ipv6' }), // biome-ignore format: short
  ),
  module('rt', [option('--rt-type', number(MAX_32), yes), option('--rt-segsleft', range(MAX_32), yes), option('--rt-len', number(MAX_32), yes)], { family: 'ipv6' }), // biome-ignore format: short
  module('mh', [option('--mh-type', range(MAX_8), yes)], { family: 'ipv6' }),
  module('ipv6header', [option('--header', oneOf(['hop-by-hop', 'ipv6-opts', 'ipv6-route', 'ipv6-frag', 'ah', 'esp', 'ipv6-nonxt', 'protocol']), yes), flag('--soft')], { required: [['--header']], family: 'ipv6' }), // biome-ignore format: short
  module('eui64', [], { family: 'ipv6' }),
];

/** A comment that is longer is refused. */
function comment(text: string): string | undefined {
  return byteLength(text) <= 255 && text !== '' ? freeText(255)(text, plain) : undefined;
}

function policyProtocol(text: string): string | undefined {
  const found = protocolNumber(text);
  return found === 50 || found === 51 || found === 108 ? protocolName(found) : undefined;
}

function group(text: string): string | undefined {
  const parts = parseMasked(text, MAX_32);
  // Zero has a name in /etc/iproute2/group.
  if (parts === undefined || parts[0] === 0) return undefined;
  return parts[1] === MAX_32 ? hex(parts[0]) : `${hex(parts[0])}/${hex(parts[1])}`;
}

function realm(text: string): string | undefined {
  return group(text);
}

function extensionOptions(text: string): string | undefined {
  const items = text.split(',');
  return items.length <= 16 && items.every((item) => /^(0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])(:(0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5]))?$/.test(item)) ? text : undefined; // biome-ignore format: short
}

/** Either end of the day brings the other one with it; `--utc` is the default. */
function saveTime(given: GivenOptions): string | undefined {
  const all = new Map(given);
  const start = all.get('--timestart')?.values[0] ?? '00:00:00';
  const stop = all.get('--timestop')?.values[0] ?? '23:59:59';
  const [from, to] = [timeOfDay(start, plain), timeOfDay(stop, plain)];
  if (from === undefined || to === undefined) return undefined;
  if (given.has('--contiguous') && from <= to) return undefined;
  // The kernel keeps the days that match, however they are said.
  for (const [name, codec] of [
    ['--monthdays', otherMonthDays],
    ['--weekdays', otherWeekdays],
  ] as const) {
    const days = all.get(name);
    const others = days?.isNegated === true ? codec(days.values[0] ?? '', plain) : undefined;
    if (days?.isNegated === true && others === undefined) return undefined;
    if (others !== undefined) all.set(name, { values: [others], isNegated: false });
  }
  const isWholeDay = from === '00:00:00' && to === '23:59:59';
  for (const [name, value] of [
    ['--timestart', from],
    ['--timestop', to],
  ] as const) {
    if (isWholeDay) all.delete(name);
    else all.set(name, { values: [value], isNegated: false });
  }
  return saveInOrder(timeOptions, all, plain);
}

function saveSetMatch(given: GivenOptions): string | undefined {
  const { options } = PACKET_MATCHES.find(({ name }) => name === 'set') ?? { options: [] };
  const counted = comparisons.filter(({ name }) => given.has(name));
  const [packets, bytes] = ['--packets', '--bytes'].map((what) => counted.filter(({ name }) => name.startsWith(what)).length); // biome-ignore format: short
  if ((packets ?? 0) > 1 || (bytes ?? 0) > 1) return undefined;
  return saveInOrder(options, given, plain);
}
