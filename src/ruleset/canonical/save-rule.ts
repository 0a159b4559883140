import type { Family } from '../model.ts';
import { parseRule, type Rule, type RuleOption, type RulePart } from '../rule.ts';
import { formatNetwork, parseNetwork } from './addresses.ts';
import { type Backend, type Context, type Given, saveOptions } from './module.ts';
import { protocolName, protocolNumber } from './protocols.ts';

/** What a rule becomes in a save: mostly one line, more where `-s` or `-d` lists several addresses. */
export type SavedRule =
  | { readonly kind: 'sure'; readonly rules: readonly string[] }
  | { readonly kind: 'unsure'; readonly reason: string };

const VERDICTS = new Set(['ACCEPT', 'DROP', 'RETURN', 'QUEUE']);

/**
 * A written rule as iptables-save of that backend prints it.
 *
 * @param isChain tells whether the table has a chain of this name by then
 */
export function saveRule(
  text: string,
  family: Family,
  backend: Backend,
  isChain: (name: string) => boolean,
): SavedRule {
  const rule = parseRule(text, family);
  try {
    return { kind: 'sure', rules: printed(rule, { family, backend, protocol: protocolOf(rule) }, isChain) };
  } catch (error) {
    if (error instanceof Unsure) return { kind: 'unsure', reason: error.message };
    throw error;
  }
}

/** Thrown within this file alone, where the form in a save can't be told. */
class Unsure extends Error {}

function printed(rule: Rule, context: Context, isChain: (name: string) => boolean): readonly string[] {
  if (rule.doubt !== undefined) throw new Unsure(rule.doubt);
  if (!isChain(rule.chain)) throw new Unsure(`the table has no chain ${rule.chain}`);
  checkOrder(rule);
  const rest = `${interfaces(rule)}${protocol(rule)}${fragments(rule, context)}${matches(rule, context)}${target(rule, context, isChain)}`;
  const [sources, destinations] = ['-s', '-d'].map((name) => addresses(rule, name, context));
  return (sources ?? ['']).flatMap((source) =>
    (destinations ?? ['']).map((destination) => `-A ${rule.chain}${source}${destination}${rest}`),
  );
}

function basic(rule: Rule, name: string): RuleOption | undefined {
  return rule.basics.find((one) => one.name === name);
}

function protocolOf(rule: Rule): string | undefined {
  const given = basic(rule, '-p');
  if (given === undefined || given.isNegated) return undefined;
  const number = protocolNumber(given.values[0] ?? '');
  return number === undefined || number === 0 ? undefined : protocolName(number);
}

/** Target options that look at the protocol when they are read, so that `-p` has to stand before them. */
const NEED_PROTOCOL_BEFORE = /^--(to-ports|to-destination|to-source)$/;

function checkOrder(rule: Rule): void {
  const at = basic(rule, '-p')?.first ?? 0;
  for (const { name, values, first } of [...(rule.target?.options ?? [])])
    if (
      NEED_PROTOCOL_BEFORE.test(name) &&
      first < at &&
      /[:\d]$/.test(values[0] ?? '') &&
      hasPort(rule, values[0] ?? '')
    )
      throw new Unsure(`${name} with a port stands before -p`);
  for (const part of rule.matches)
    if (part.name === 'multiport' && part.options.some(({ first }) => first < at))
      throw new Unsure('-m multiport stands before -p');
}

function hasPort(rule: Rule, value: string): boolean {
  if (rule.target?.name === 'MASQUERADE' || rule.target?.name === 'REDIRECT') return true;
  return value.includes(']:') || /^[^:]*:[^:]*$/.test(value);
}

function addresses(rule: Rule, name: string, { family }: Context): readonly string[] {
  const given = basic(rule, name);
  if (given === undefined) return [''];
  const listed = (given.values[0] ?? '').split(',');
  const sides = rule.basics.filter((one) => one.name === '-s' || one.name === '-d');
  if (listed.length > 1 && sides.some((one) => one.isNegated)) throw new Unsure('"!" and several addresses');
  return listed.map((text) => {
    const network = parseNetwork(text, family);
    if (network === undefined) throw new Unsure(`${name} ${text} is no address`);
    if (network.prefix !== 0) return `${given.isNegated ? ' !' : ''} ${name} ${formatNetwork(network)}`;
    if (given.isNegated) throw new Unsure(`! ${name} ${text} never matches`);
    return '';
  });
}

const DIRECTIONS = [
  { name: '-i', notIn: ['OUTPUT', 'POSTROUTING'] },
  { name: '-o', notIn: ['INPUT', 'PREROUTING'] },
] as const;

function interfaces(rule: Rule): string {
  let text = '';
  for (const { name, notIn } of DIRECTIONS) {
    const given = basic(rule, name);
    if (given === undefined) continue;
    const value = given.values[0] ?? '';
    if (notIn.some((chain) => chain === rule.chain))
      throw new Unsure(`${name} has no place in ${rule.chain}`);
    if (!/^[\w.:@-]{0,14}[\w.:@+-]$/.test(value) || (value === '+' && given.isNegated))
      throw new Unsure(`${name} ${value} is no usual interface`);
    if (value !== '+') text += `${given.isNegated ? ' !' : ''} ${name} ${value}`;
  }
  return text;
}

function protocol(rule: Rule): string {
  const given = basic(rule, '-p');
  if (given === undefined) return '';
  const number = protocolNumber(given.values[0] ?? '');
  if (number === 0 && !given.isNegated) return '';
  const name = number === undefined ? undefined : protocolName(number);
  if (name === undefined || number === 0)
    throw new Unsure(`the name of the protocol ${given.values[0]} depends on the gateway`);
  return `${given.isNegated ? ' !' : ''} -p ${name}`;
}

function fragments(rule: Rule, { family }: Context): string {
  const given = basic(rule, '-f');
  if (given === undefined) return '';
  if (family === 'ipv6') throw new Unsure('-f has no place in IPv6');
  return given.isNegated ? ' ! -f' : ' -f';
}

/** The protocol that a match insists on. */
const NEEDED_PROTOCOL: Readonly<Record<string, readonly string[]>> = {
  tcp: ['tcp'],
  udp: ['udp'],
  sctp: ['sctp'],
  dccp: ['dccp'],
  icmp: ['icmp'],
  icmp6: ['ipv6-icmp'],
  esp: ['esp'],
  tcpmss: ['tcp'],
  multiport: ['tcp', 'udp', 'udplite', 'sctp', 'dccp'],
  mh: ['mobility-header'],
};

function matches(rule: Rule, context: Context): string {
  let text = '';
  const seen = new Set<string>();
  for (const part of rule.matches) {
    const needed = NEEDED_PROTOCOL[part.name];
    if (needed !== undefined && !needed.includes(context.protocol ?? ''))
      throw new Unsure(`-m ${part.name} needs -p ${needed.join(' or ')}`);
    // The nft backend makes one match of several, or forgets an empty one.
    if (seen.has(part.name) && (part.name === 'tcp' || part.name === 'udp'))
      throw new Unsure(`-m ${part.name} stands twice`);
    seen.add(part.name);
    text += ` -m ${part.name}${options(part, '-m', context)}`;
  }
  return text;
}

function target(rule: Rule, context: Context, isChain: (name: string) => boolean): string {
  const part = rule.target;
  if (part === undefined) return '';
  if (part.isGoto || isChain(part.name) || VERDICTS.has(part.name)) {
    if (!isChain(part.name) && (part.isGoto || part.name === 'QUEUE'))
      throw new Unsure(`the table has no chain ${part.name}`);
    if (part.options.length > 0) throw new Unsure(`${part.name} takes no options`);
    return ` ${part.isGoto ? '-g' : '-j'} ${part.name}`;
  }
  if (part.known === undefined) throw new Unsure(`sluice does not know the target ${part.name}`);
  return ` -j ${part.name}${options(part, '-j', context)}`;
}

/** The options of a part, once they are known to go together. */
function options(part: RulePart, sign: '-m' | '-j', context: Context): string {
  if (part.known === undefined) throw new Unsure(`sluice does not know ${part.name}`);
  const { module } = part.known;
  const given = new Map<string, Given>(part.options.map((one) => [one.name, one]));
  for (const names of module.required)
    if (!names.some((name) => given.has(name)))
      throw new Unsure(`${sign} ${part.name} lacks ${names.join(' or ')}`);
  for (const names of module.exclusive)
    if (names.filter((name) => given.has(name)).length > 1)
      throw new Unsure(`of ${names.join(' and ')} only one may stand`);
  const saved = saveOptions(module, given, context);
  if (saved !== undefined) return saved;
  const written = part.options.map(({ name, values }) => [name, ...values].join(' ')).join(' ');
  throw new Unsure(`how ${sign} ${part.name} ${written} is saved can't be told`);
}
