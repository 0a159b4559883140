import { didYouMean } from '../inventory/suggestion.ts';
import { familyOf } from '../ruleset/address.ts';
import { bitsOf, formatAddress, parseAddress, parseNetwork } from '../ruleset/canonical/addresses.ts';
import type { Family } from '../ruleset/model.ts';
import { FaultError } from './fault.ts';
import { type Seen, shown, textOf } from './seen.ts';

/** An argument, and how the template writes it. */
type Argument = { readonly value: Seen; readonly name: string };

/**
 * What a template asks of a network, of either family: `cidr lan`, `cidr lan "host" 5`. Networks may be written as `-s` takes them; a
 * single address is a network of one.
 *
 * @throws FaultError for what is no network, and for parts that it doesn't have
 */
export function cidr([network = NOTHING, word, ...rest]: readonly Argument[]): Seen {
  const said = word === undefined ? 'network' : textOf(word.value, word.name);
  const question = QUESTIONS.get(said);
  if (question === undefined) {
    const known = [...QUESTIONS.keys()];
    const remedy = `${didYouMean(said, known)}Ask for ${known.join(', ')}.`;
    throw new FaultError('arguments', `cidr has no "${said}"`, remedy);
  }
  const { more, answer } = question;
  if (rest.length !== more.length) {
    const message = `cidr "${said}" takes ${more.length === 0 ? 'nothing' : more.join(' and ')} after it, not ${rest.length} argument${rest.length === 1 ? '' : 's'}`;
    const usage = ['cidr NETWORK', `"${said}"`, ...more].join(' ');
    throw new FaultError('arguments', message, `Write (${usage}).`);
  }
  return answer(parse(network), rest);
}

type Question = {
  /** What stands after the word. */
  readonly more: readonly string[];
  readonly answer: (network: Network, rest: readonly Argument[]) => Seen;
};

const QUESTIONS: ReadonlyMap<string, Question> = new Map<string, Question>([
  ['network', { more: [], answer: (of) => `${text(of.first, of.family)}/${of.prefix}` }],
  ['address', { more: [], answer: (of) => text(of.address, of.family) }],
  ['first', { more: [], answer: (of) => text(of.first, of.family) }],
  ['last', { more: [], answer: (of) => text(of.first + of.size - 1n, of.family) }],
  ['prefix', { more: [], answer: (of) => of.prefix }],
  ['netmask', { more: [], answer: netmask }],
  ['host', { more: ['NUMBER'], answer: (of, [number]) => host(of, number) }],
  ['subnet', { more: ['PREFIX', 'NUMBER'], answer: (of, [prefix, number]) => subnet(of, prefix, number) }],
  ['contains', { more: ['ADDRESS'], answer: (of, [other]) => contains(of, other) }],
]);

type Network = Argument & {
  readonly family: Family;
  /** As it is written, host bits and all. */
  readonly address: bigint;
  readonly first: bigint;
  readonly prefix: number;
  readonly size: bigint;
};

function parse(argument: Argument): Network {
  const { value, name } = argument;
  const said = textOf(value, name);
  const family = familyOf(said);
  const network = family && parseNetwork(said, family);
  if (family === undefined || network?.prefix === undefined) {
    const what = network === undefined ? 'no address and no network' : 'and its mask has gaps';
    const remedy = 'Write an address, or a network such as 10.0.0.0/8 or 2001:db8::/32.';
    throw new FaultError('bad-address', `${name} is ${shown(said)}, ${what}`, remedy);
  }
  const first = numberOf(parseAddress(network.address, family));
  // `10/8`, which iptables fills up with zeros, has no host bits.
  const address = parseAddress(said.split('/')[0] ?? '', family);
  return {
    ...argument,
    family,
    address: address === undefined ? first : numberOf(address),
    first,
    prefix: network.prefix,
    size: 1n << BigInt(bitsOf(family) - network.prefix),
  };
}

function netmask({ size, family }: Network): string {
  return text((1n << BigInt(bitsOf(family))) - size, family);
}

function host(of: Network, number: Argument | undefined): string {
  return text(of.first + nth(of, whole(number), of.size, 'host'), of.family);
}

function subnet(of: Network, prefixSaid: Argument | undefined, number: Argument | undefined): string {
  const [prefix, most] = [whole(prefixSaid), bitsOf(of.family)];
  if (prefix < of.prefix || prefix > most) {
    const message = `${of.name} is ${shown(of.value)}: a /${prefix} is no part of it`;
    throw new FaultError('arguments', message, `Give a prefix length from ${of.prefix} to ${most}.`);
  }
  const size = 1n << (BigInt(most) - prefix);
  const at = nth(of, whole(number), of.size / size, `/${prefix}`);
  return `${text(of.first + at * size, of.family)}/${prefix}`;
}

function contains(of: Network, other: Argument | undefined): boolean {
  const inner = parse(other ?? NOTHING);
  return (
    inner.family === of.family && inner.first >= of.first && inner.first + inner.size <= of.first + of.size
  );
}

/** The n-th of so many, from 0; negative numbers count from the end. */
function nth({ name, value }: Network, number: bigint, count: bigint, what: string): bigint {
  const at = number < 0n ? count + number : number;
  if (at >= 0n && at < count) return at;
  const message = `${name} is ${shown(value)}: it has no ${what} number ${number}`;
  throw new FaultError(
    'arguments',
    message,
    `Numbers are 0 to ${count - 1n}, or -1 to -${count} from the end.`,
  );
}

const NOTHING: Argument = { value: null, name: 'an argument' };

function whole({ value, name }: Argument = NOTHING): bigint {
  const said = textOf(value, name);
  if (/^-?\d{1,40}$/.test(said)) return BigInt(said);
  throw new FaultError('arguments', `${name} is ${shown(value)}, not a whole number`, 'Give a whole number.');
}

function numberOf(bytes: readonly number[] | undefined): bigint {
  return (bytes ?? []).reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

function text(address: bigint, family: Family): string {
  const bits = bitsOf(family);
  const bytes = Array.from({ length: bits / 8 }, (_, at) =>
    Number((address >> BigInt(bits - 8 * (at + 1))) & 0xffn),
  );
  return formatAddress(bytes, family);
}
