import { icmp6Type, icmpType } from './icmp-types.ts';
import {
  type Codec,
  type Context,
  type Given,
  type Module,
  module,
  type OptionSpec,
  option,
} from './module.ts';
import { decimalPortRange, portList, portRange } from './ports.ts';
import { MAX_8, MAX_32, number, range, wordSet } from './values.ts';

const sport = port('--sport', '--source-port', portRange);
const dport = port('--dport', '--destination-port', portRange);
// libxt_udp and libxt_dccp leave numbers to getaddrinfo, libxt_tcp and libxt_sctp to strtoul.
const decimalSport = port('--sport', '--source-port', decimalPortRange);
const decimalDport = port('--dport', '--destination-port', decimalPortRange);

const FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'] as const;

const tcpFlags: OptionSpec = {
  name: '--tcp-flags',
  aliases: [],
  arity: 2,
  canNegate: true,
  save: ({ values: [mask = '', set = ''], isNegated }) => {
    const [first, second] = [flagList(mask), flagList(set)];
    if (first === undefined || second === undefined) return undefined;
    return `${isNegated ? '! ' : ''}--tcp-flags ${first} ${second}`;
  },
  absent: '',
};

const syn: OptionSpec = {
  name: '--syn',
  aliases: [],
  arity: 0,
  canNegate: true,
  save: ({ isNegated }) => `${isNegated ? '! ' : ''}--tcp-flags FIN,SYN,RST,ACK SYN`,
  absent: '',
};

/** The matches that belong to one protocol each. */
export const TRANSPORT_MATCHES: readonly Module[] = [
  module(
    'tcp',
    [sport, dport, option('--tcp-option', number(MAX_8, 1), { canNegate: true }), tcpFlags, syn],
    { exclusive: [['--tcp-flags', '--syn']] },
  ),
  module('udp', [decimalSport, decimalDport]),
  module('sctp', [shownWhole(sport), shownWhole(dport), { ...chunkTypes(), canNegate: true }]),
  module('dccp', [
    shownWhole(decimalSport),
    shownWhole(decimalDport),
    option('--dccp-types', wordSet(['REQUEST', 'RESPONSE', 'DATA', 'ACK', 'DATAACK', 'CLOSEREQ', 'CLOSE', 'RESET', 'SYNC', 'SYNCACK', 'INVALID']), { canNegate: true }), // biome-ignore format: a list
    option('--dccp-option', number(MAX_8), { canNegate: true }),
  ]),
  module('icmp', [option('--icmp-type', icmpType, { canNegate: true })], {
    required: [['--icmp-type']],
    family: 'ipv4',
  }),
  module('icmp6', [option('--icmpv6-type', icmp6Type, { aliases: ['--icmp6-type'], canNegate: true })], {
    required: [['--icmpv6-type']],
    family: 'ipv6',
  }),
  module('esp', [option('--espspi', range(MAX_32), { canNegate: true, omit: `0:${MAX_32}` })]),
  module(
    'multiport',
    [ports('--sports', '--source-ports'), ports('--dports', '--destination-ports'), ports('--ports')],
    {
      required: [['--sports', '--dports', '--ports']],
      exclusive: [['--sports', '--dports', '--ports']],
    },
  ),
];

function port(name: string, alias: string, codec: Codec): OptionSpec {
  const spec = option(name, codec, { aliases: [alias], canNegate: true, omit: '0:65535' });
  // Every port but all of them: the two backends differ, and nobody means it.
  const save = (given: Given, context: Context) => {
    const saved = spec.save(given, context);
    return saved === `! ${name} 0:65535` ? undefined : saved;
  };
  return { ...spec, save };
}

/** Here a save shows all ports too. */
function shownWhole(spec: OptionSpec): OptionSpec {
  return {
    ...spec,
    save: (given, context) => {
      // Few services are known for these protocols.
      if (/[a-z]{3}/i.test(given.values[0] ?? '')) return undefined;
      const saved = spec.save(given, context);
      return saved === '' ? `${spec.name} 0:65535` : saved;
    },
  };
}

function ports(name: string, ...aliases: readonly string[]): OptionSpec {
  return option(name, portList, { aliases, canNegate: true });
}

function flagList(text: string): string | undefined {
  if (text.toUpperCase() === 'ALL') return FLAGS.join(',');
  if (text.toUpperCase() === 'NONE') return 'NONE';
  return wordSet(FLAGS)(text, { family: 'ipv4', backend: 'nft', protocol: 'tcp' });
}

function chunkTypes(): OptionSpec {
  const known =
    /^(DATA|INIT|INIT_ACK|SACK|HEARTBEAT|HEARTBEAT_ACK|ABORT|SHUTDOWN|SHUTDOWN_ACK|ERROR|COOKIE_ECHO|COOKIE_ACK|ECN_ECNE|ECN_CWR|SHUTDOWN_COMPLETE|I_DATA|RE_CONFIG|PAD|ASCONF|ASCONF_ACK|FORWARD_TSN|I_FORWARD_TSN)$/;
  return {
    name: '--chunk-types',
    aliases: [],
    arity: 2,
    canNegate: true,
    // Of several, and of their flags, the order in a save is another matter.
    save: ({ values: [how = '', type = ''], isNegated }) =>
      /^(all|any|only)$/.test(how) && known.test(type)
        ? `${isNegated ? '! ' : ''}--chunk-types ${how} ${type}`
        : undefined,
    absent: '',
  };
}
