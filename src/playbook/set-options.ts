import { didYouMean } from '../inventory/suggestion.ts';
import { isAddress, isNetwork } from '../ruleset/address.ts';
import type { Token } from '../ruleset/tokens.ts';
import { FaultError } from './fault.ts';

/** Options of a `create` or `add` line, in its order; the argument of a flag is undefined. */
export type SetOptions = ReadonlyMap<string, string | undefined>;

const NUMBER = /^(0x[0-9a-f]+|0|[1-9]\d*)$/i;
const isNumber = (text: string) => NUMBER.test(text);

/** Whether a text fits, and what would. */
type Argument = readonly [(text: string) => boolean, string];

/** What the argument of an option has to be, where it isn't just a number. ipset(8); numbers with a leading zero would be octal. */
const ARGUMENTS = new Map<string, Argument>([
  // The kernel counts milliseconds in 32 bits.
  ['timeout', [(text) => isNumber(text) && Number(text) <= 2147483, 'seconds, at most 2147483']],
  ['family', [(text) => text === 'inet' || text === 'inet6', 'inet or inet6']],
  ['range', [isRange, 'two addresses or ports with "-" between them, or a network']],
  ['bitmask', [(text) => isAddress(text, 'ipv4') || isAddress(text, 'ipv6'), 'an address']],
  ['comment', [(text) => new TextEncoder().encode(text).length <= 255, 'at most 255 bytes']],
  [
    'skbmark',
    [(text) => text.split('/').length <= 2 && text.split('/').every(isNumber), 'MARK or MARK/MASK'],
  ],
  ['skbprio', [(text) => /^[0-9a-f]{1,4}:[0-9a-f]{1,4}$/i.test(text), 'MAJOR:MINOR']],
]);

/**
 * Reads `name argument` pairs and flags.
 *
 * @param flags names that take no argument
 * @throws FaultError for a name that is not in `known`, stands twice, or has no fitting argument
 */
export function parseSetOptions(
  tokens: readonly Token[],
  known: readonly string[],
  flags: readonly string[],
  where: string,
): SetOptions {
  const options = new Map<string, string | undefined>();
  for (let index = 0; index < tokens.length; index += 1) {
    const name = tokens[index]?.text ?? '';
    if (!known.includes(name)) {
      const remedy = `${didYouMean(name, known)}Options are ${known.join(', ')}.`;
      throw new FaultError('set-option', `${where} takes no "${name}"`, remedy);
    }
    if (options.has(name))
      throw new FaultError('set-option', `"${name}" stands twice`, 'Keep one of the two.');
    if (flags.includes(name)) options.set(name, undefined);
    else {
      index += 1;
      options.set(name, argument(name, tokens[index]));
    }
  }
  return options;
}

function argument(name: string, token: Token | undefined): string {
  const [fits, wanted] = ARGUMENTS.get(name) ?? [isNumber, 'a number'];
  if (token === undefined || token.text === '')
    throw new FaultError('set-option', `"${name}" has no argument`, `Write ${wanted} after it.`);
  if (fits(token.text)) return token.text;
  throw new FaultError('set-option', `"${token.text}" after ${name} is not ${wanted}`, `Write ${wanted}.`);
}

function isRange(text: string): boolean {
  const ends = text.split('-');
  if (ends.length === 1) return text.includes('/') && isNetwork(text, 'ipv4');
  const isPort = (end: string) => isNumber(end) && Number(end) <= 65535;
  return ends.length === 2 && (ends.every((end) => isAddress(end, 'ipv4')) || ends.every(isPort));
}
