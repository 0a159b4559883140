import { address, addressRange, bitsOf, networkWithoutHostMask, parseNetwork } from './addresses.ts';
import {
  type Codec,
  type Context,
  flag,
  type GivenOptions,
  type Module,
  module,
  option,
  saveInOrder,
} from './module.ts';
import { decimalPortRange } from './ports.ts';
import { protocolNumber } from './protocols.ts';
import { formatRate, parseRate } from './rates.ts';
import {
  freeText,
  MAX_8,
  MAX_32,
  maskedMark,
  number,
  oneOf,
  parseBigNumber,
  parseNumber,
  range,
  wordSet,
} from './values.ts';

const STATES = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED'] as const;
const yes = { canNegate: true } as const;

const network: Codec = (text, context) => {
  const parsed = parseNetwork(text, context.family);
  return parsed?.prefix === 0 ? undefined : networkWithoutHostMask(text, context);
};

const ctStatus: Codec = (text, context) =>
  text.toUpperCase() === 'NONE'
    ? 'NONE'
    : wordSet(['EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED'])(text, context);

const ctProtocol: Codec = (text) => {
  const found = protocolNumber(text);
  return found === undefined || found === 0 ? undefined : `${found}`;
};

const LIMIT_SCALE = 10_000;
const HASHLIMIT_SCALE = 1_000_000;

const limitRate: Codec = (text) => {
  const rate = parseRate(text, LIMIT_SCALE);
  return rate === undefined ? undefined : formatRate(rate.period, LIMIT_SCALE).text;
};

const hashlimitRate: Codec = (text) => {
  const rate = parseRate(text, HASHLIMIT_SCALE);
  return rate === undefined ? undefined : formatRate(rate.period, HASHLIMIT_SCALE).text;
};

const hashlimitOptions = [
  option('--hashlimit-upto', hashlimitRate, { aliases: ['--hashlimit'], ...yes }),
  option('--hashlimit-above', hashlimitRate, yes),
  option('--hashlimit-burst', number(10_000, 1), { absent: '--hashlimit-burst 5' }),
  option('--hashlimit-mode', (text) => hashlimitMode(text)),
  option('--hashlimit-name', (text) => (/^[\w.-]{1,255}$/.test(text) && !/^-/.test(text) ? text : undefined)),
  option('--hashlimit-htable-size', number(MAX_32, 1)),
  option('--hashlimit-htable-max', number(MAX_32, 1)),
  option('--hashlimit-htable-gcinterval', number(MAX_32, 1), { omit: '1000' }),
  option('--hashlimit-htable-expire', number(MAX_32, 1)),
  option('--hashlimit-srcmask', (text, context) => hashlimitMask(text, context)),
  option('--hashlimit-dstmask', (text, context) => hashlimitMask(text, context)),
];

/** The matches that remember: of connections, of marks, of what came before. */
export const STATE_MATCHES: readonly Module[] = [
  module('state', [option('--state', wordSet(STATES), yes)], { required: [['--state']] }),
  module(
    'conntrack',
    [
      option('--ctstate', wordSet([...STATES, 'SNAT', 'DNAT']), yes),
      option('--ctproto', ctProtocol, yes),
      option('--ctorigsrc', network, yes),
      option('--ctorigdst', network, yes),
      option('--ctreplsrc', network, yes),
      option('--ctrepldst', network, yes),
      option('--ctorigsrcport', decimalPortRange, yes),
      option('--ctorigdstport', decimalPortRange, yes),
      option('--ctreplsrcport', decimalPortRange, yes),
      option('--ctrepldstport', decimalPortRange, yes),
      option('--ctstatus', ctStatus, yes),
      option('--ctexpire', range(MAX_32), yes),
      option('--ctdir', oneOf(['ORIGINAL', 'REPLY'])),
    ],
    { required: [['--ctstate', '--ctproto', '--ctorigsrc', '--ctorigdst', '--ctreplsrc', '--ctrepldst', '--ctorigsrcport', '--ctorigdstport', '--ctreplsrcport', '--ctrepldstport', '--ctstatus', '--ctexpire', '--ctdir']] }, // biome-ignore format: a list
  ),
  module('mark', [option('--mark', maskedMark, yes)], { required: [['--mark']] }),
  module('connmark', [option('--mark', maskedMark, yes)], { required: [['--mark']] }),
  module('limit', [
    option('--limit', limitRate, { absent: '--limit 3/hour' }),
    option('--limit-burst', number(10_000, 1), { omit: '5' }),
  ]),
  module('hashlimit', hashlimitOptions, {
    required: [['--hashlimit-upto', '--hashlimit-above'], ['--hashlimit-name']],
    exclusive: [['--hashlimit-upto', '--hashlimit-above']],
    save: saveHashlimit,
  }),
  module(
    'recent',
    [
      flag('--set', yes),
      flag('--rcheck', yes),
      flag('--update', yes),
      flag('--remove', yes),
      option('--seconds', number(MAX_32, 1)),
      flag('--reap'),
      option('--hitcount', number(MAX_8, 1)),
      flag('--rttl'),
      option('--name', (text) => (/^[\w.%:+-]{1,199}$/.test(text) ? text : undefined), {
        absent: '--name DEFAULT',
      }),
      option('--mask', address),
      flag('--rsource', { absent: '--rsource' }),
      flag('--rdest'),
    ],
    {
      required: [['--set', '--rcheck', '--update', '--remove']],
      exclusive: [
        ['--set', '--rcheck', '--update', '--remove'],
        ['--rsource', '--rdest'],
      ],
      save: saveRecent,
    },
  ),
  module(
    'connlimit',
    [
      option('--connlimit-upto', number(MAX_32), yes),
      option('--connlimit-above', number(MAX_32), yes),
      option('--connlimit-mask', (text, { family }) => number(bitsOf(family))(text, never)),
      flag('--connlimit-saddr'),
      flag('--connlimit-daddr'),
    ],
    {
      required: [['--connlimit-upto', '--connlimit-above']],
      exclusive: [
        ['--connlimit-upto', '--connlimit-above'],
        ['--connlimit-saddr', '--connlimit-daddr'],
      ],
      save: saveConnlimit,
    },
  ),
  module(
    'connbytes',
    [
      option('--connbytes', connbytes, yes),
      option('--connbytes-mode', oneOf(['packets', 'bytes', 'avgpkt'])),
      option('--connbytes-dir', oneOf(['original', 'reply', 'both'])),
    ],
    { required: [['--connbytes'], ['--connbytes-mode'], ['--connbytes-dir']] },
  ),
  module('connlabel', [
    option('--label', (text) => (/^\d+$/.test(text) && Number(text) < 128 ? `"${Number(text)}"` : undefined), yes),
    flag('--set'),
  ], { required: [['--label']] }), // biome-ignore format: short
  module('helper', [option('--helper', freeText(29), yes)], { required: [['--helper']] }),
  module('quota', [option('--quota', (text) => parseBigNumber(text)?.toString(), yes)], {
    required: [['--quota']],
  }),
  module('statistic', [
    option('--mode', oneOf(['random', 'nth'])),
    option('--probability', probability, yes),
    option('--every', number(MAX_32, 1), yes),
    option('--packet', number(MAX_32)),
  ], { required: [['--mode']], save: saveStatistic }), // biome-ignore format: short
  module('iprange', [option('--src-range', addressRange, yes), option('--dst-range', addressRange, yes)], {
    required: [['--src-range', '--dst-range']],
  }),
];

const never: Context = { family: 'ipv4', backend: 'nft', protocol: undefined };

function hashlimitMode(text: string): string | undefined {
  const words = ['srcip', 'srcport', 'dstip', 'dstport'];
  const given = text.split(',');
  if (!given.every((word) => words.includes(word))) return undefined;
  return words.filter((word) => given.includes(word)).join(',');
}

function hashlimitMask(text: string, { family }: Context): string | undefined {
  const bits = number(bitsOf(family))(text, never);
  if (bits === undefined) return undefined;
  return bits;
}

/** How long an idle entry stays is the unit of the rate as it is written, and saved where it isn't that of the rate as it is saved. */
function saveHashlimit(given: GivenOptions, context: Context): string | undefined {
  const isNegatedRate = given.get('--hashlimit-upto')?.isNegated ?? given.get('--hashlimit-above')?.isNegated;
  const written = (given.get('--hashlimit-upto') ?? given.get('--hashlimit-above'))?.values[0] ?? '';
  const rate = parseRate(written, HASHLIMIT_SCALE);
  if (rate === undefined || isNegatedRate === true) return undefined;
  const all = new Map(given);
  const saved = formatRate(rate.period, HASHLIMIT_SCALE).seconds * 1000;
  const expire = given.get('--hashlimit-htable-expire')?.values[0] ?? `${rate.unitSeconds * 1000}`;
  if (parseNumber(expire, MAX_32) === saved) all.delete('--hashlimit-htable-expire');
  else all.set('--hashlimit-htable-expire', { values: [expire], isNegated: false });
  for (const name of ['--hashlimit-srcmask', '--hashlimit-dstmask'])
    if (parseNumber(all.get(name)?.values[0] ?? '', MAX_8) === bitsOf(context.family)) all.delete(name);
  return saveInOrder(hashlimitOptions, all, context);
}

function saveRecent(given: GivenOptions, context: Context): string | undefined {
  const isCheck = given.has('--rcheck') || given.has('--update');
  const asks =
    given.has('--seconds') || given.has('--hitcount') || given.has('--rttl') || given.has('--reap');
  if ((asks && !isCheck) || (given.has('--reap') && !given.has('--seconds'))) return undefined;
  const whole = context.family === 'ipv4' ? '255.255.255.255' : 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff';
  const all = new Map(given);
  if (!all.has('--mask')) all.set('--mask', { values: [whole], isNegated: false });
  const { options } = STATE_MATCHES.find(({ name }) => name === 'recent') ?? { options: [] };
  const shown = given.has('--rdest') ? options.filter(({ name }) => name !== '--rsource') : options;
  return saveInOrder(shown, all, context);
}

function saveConnlimit(given: GivenOptions, context: Context): string | undefined {
  const upto = given.get('--connlimit-upto');
  const limit = upto ?? given.get('--connlimit-above');
  const count = number(MAX_32)(limit?.values[0] ?? '', context);
  const mask = given.get('--connlimit-mask')?.values[0] ?? `${bitsOf(context.family)}`;
  const bits = number(bitsOf(context.family))(mask, context);
  if (limit === undefined || count === undefined || bits === undefined) return undefined;
  const isUpto = (upto !== undefined) !== limit.isNegated;
  const side = given.has('--connlimit-daddr') ? 'daddr' : 'saddr';
  return ` --connlimit-${isUpto ? 'upto' : 'above'} ${count} --connlimit-mask ${bits} --connlimit-${side}`;
}

function connbytes(text: string): string | undefined {
  const [first = '', last, ...more] = text.split(':');
  const from = parseBigNumber(first);
  if (from === undefined || more.length > 0) return undefined;
  if (last === undefined || last === '') return `${from}`;
  const to = parseBigNumber(last);
  return to === undefined || to < from || to === 0n ? undefined : `${from}:${to}`;
}

const PROBABILITY_BITS = 31n;

/** The kernel holds 31 bits of it; a save shows them with eleven decimals, rounded as printf does. */
function probability(text: string): string | undefined {
  if (!/^(\d+(\.\d*)?|\.\d+)$/.test(text) || Number(text) > 1) return undefined;
  const held = BigInt(Math.round(Number(text) * 2 ** 31));
  const [scaled, unit] = [held * 10n ** 11n, 1n << PROBABILITY_BITS];
  let [digits, rest] = [scaled / unit, scaled % unit];
  if (rest * 2n > unit || (rest * 2n === unit && digits % 2n === 1n)) digits += 1n;
  rest = digits % 10n ** 11n;
  return `${digits / 10n ** 11n}.${rest.toString().padStart(11, '0')}`;
}

function saveStatistic(given: GivenOptions, context: Context): string | undefined {
  const every = given.get('--every');
  if (given.get('--mode')?.values[0] === 'random') {
    const chance = given.get('--probability');
    const saved = probability(chance?.values[0] ?? '');
    if (saved === undefined || every !== undefined || given.has('--packet')) return undefined;
    return ` --mode random${chance?.isNegated === true ? ' !' : ''} --probability ${saved}`;
  }
  const [n, packet] = [every, given.get('--packet')].map((one) =>
    number(MAX_32)(one?.values[0] ?? '', context),
  );
  if (n === undefined || packet === undefined || given.has('--probability')) return undefined;
  if (Number(n) === 0 || Number(packet) >= Number(n)) return undefined;
  return ` --mode nth${every?.isNegated === true ? ' !' : ''} --every ${n} --packet ${packet}`;
}
