import { type Known, knownMatch, knownTarget } from './canonical/modules.ts';
import { implicitMatch, protocolName, protocolNumber } from './canonical/protocols.ts';
import type { Family } from './model.ts';
import { splitTokens, type Token } from './tokens.ts';

/** One option of a rule with its arguments. */
export type RuleOption = {
  /** `--dport`, `-s`: the name under which a save has it; of an unknown module, as it is written. */
  readonly name: string;
  readonly values: readonly string[];
  readonly isNegated: boolean;
  /** The tokens it is made of, its `!` included: from `first` to before `end`. */
  readonly first: number;
  readonly end: number;
};

/** A match (`-m`) or target (`-j`, `-g`) with the options that belong to it. */
export type RulePart = {
  readonly name: string;
  /** Undefined for a module that sluice doesn't know, and for verdicts and chains. */
  readonly known: Known | undefined;
  readonly options: readonly RuleOption[];
};

/** A rule as iptables reads it, and every token of it: `formatRule` gives the line back. */
export type Rule = {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly chain: string;
  /** `-s`, `-d`, `-i`, `-o`, `-p` and `-f`. */
  readonly basics: readonly RuleOption[];
  /** In the order in which a save has them, those included that iptables loads by itself for the protocol. */
  readonly matches: readonly RulePart[];
  readonly target: (RulePart & { readonly isGoto: boolean }) | undefined;
  /** Why the reading isn't certain: an unknown module, or what iptables would refuse. */
  readonly doubt: string | undefined;
};

const BASICS: ReadonlyMap<string, string> = new Map([
  ['-s', '-s'],
  ['--source', '-s'],
  ['--src', '-s'],
  ['-d', '-d'],
  ['--destination', '-d'],
  ['--dst', '-d'],
  ['-i', '-i'],
  ['--in-interface', '-i'],
  ['-o', '-o'],
  ['--out-interface', '-o'],
  ['-p', '-p'],
  ['--protocol', '-p'],
  ['--proto', '-p'],
  ['-f', '-f'],
  ['--fragments', '-f'],
  ['-m', '-m'],
  ['--match', '-m'],
  ['-j', '-j'],
  ['--jump', '-j'],
  ['-g', '-g'],
  ['--goto', '-g'],
  ['-A', '-A'],
  ['--append', '-A'],
]);

/** What else iptables knows: no part of a rule, but in the way of abbreviations. */
const OTHER_COMMANDS = ['--check', '--delete', '--insert', '--replace', '--list', '--list-rules', '--flush', '--zero', '--new-chain', '--delete-chain', '--rename-chain', '--policy', '--table', '--numeric', '--verbose', '--wait', '--exact', '--version', '--line-numbers', '--modprobe', '--set-counters', '--ipv4', '--ipv6', '--help']; // biome-ignore format: a list

type MutablePart = { name: string; known: Known | undefined; options: RuleOption[]; isGoto: boolean };

/** Reads `-A CHAIN …` as iptables-restore does. It never fails: what it can't tell, it says in `doubt`. */
export function parseRule(text: string, family: Family): Rule {
  return new Reading(text, family).rule();
}

/** The very text that was parsed. */
export function formatRule(rule: Rule): string {
  let [text, from] = ['', 0];
  for (const { start, end } of rule.tokens) {
    text += rule.text.slice(from, end);
    from = Math.max(end, start);
  }
  return text + rule.text.slice(from);
}

class Reading {
  readonly #text: string;
  readonly #family: Family;
  readonly #tokens: readonly Token[];
  readonly #basics: RuleOption[] = [];
  readonly #matches: MutablePart[] = [];
  /** Matches and the target in the order in which they were loaded. */
  readonly #loaded: MutablePart[] = [];
  #target: MutablePart | undefined;
  #chain: string | undefined;
  #protocol: string | undefined;
  #doubt: string | undefined;

  constructor(text: string, family: Family) {
    const { tokens, isOpen } = splitTokens(text);
    const last = tokens.at(-1);
    // The line feed belongs to an open quote.
    this.#tokens =
      isOpen && last !== undefined ? [...tokens.slice(0, -1), { ...last, text: `${last.text}\n` }] : tokens;
    this.#text = text;
    this.#family = family;
  }

  rule(): Rule {
    let at = 0;
    while (at < this.#tokens.length) at = this.#readOption(at);
    if (this.#chain === undefined) this.#doubted('it appends to no chain');
    return {
      text: this.#text,
      tokens: this.#tokens,
      chain: this.#chain ?? '',
      basics: this.#basics,
      matches: this.#matches,
      target: this.#target,
      doubt: this.#doubt,
    };
  }

  /** Reads one option from this token on; answers where the next one begins. */
  #readOption(first: number): number {
    const isNegated = this.#word(first) === '!';
    const at = isNegated ? first + 1 : first;
    const written = this.#word(at);
    if (written === undefined || !written.startsWith('-') || written.length < 2) {
      this.#doubted(written === undefined ? '"!" stands at its end' : `"${written}" is no option`);
      return at + 1;
    }
    const end = at + 1;
    const basic = BASICS.get(written);
    const isOfModule = basic === undefined || this.#findExact(written) !== undefined;
    if (basic !== undefined && !isOfModule) return this.#readBasic(basic, isNegated, first, end);
    if (!written.startsWith('--')) return this.#readUnknown(written, isNegated, first, end);
    const found = this.#find(written);
    if (typeof found === 'string') return this.#readBasic(found, isNegated, first, end);
    if (found === undefined) return this.#readUnknown(written, isNegated, first, end);
    const [part, spec] = found;
    const values = this.#values(end, spec.arity, written);
    if (isNegated && !spec.canNegate) this.#doubted(`"!" before ${written}`);
    if (part.options.some(({ name }) => name === spec.name)) this.#doubted(`${spec.name} stands twice`);
    part.options.push({ name: spec.name, values, isNegated, first, end: end + spec.arity });
    return end + spec.arity;
  }

  #readBasic(name: string, isNegated: boolean, first: number, at: number): number {
    const arity = name === '-f' ? 0 : 1;
    const values = this.#values(at, arity, name);
    const [value = ''] = values;
    if (name === '-A') {
      if (this.#chain !== undefined || isNegated) this.#doubted('-A stands twice');
      this.#chain = value;
    } else if (name === '-m') {
      if (isNegated) this.#doubted('"!" before -m');
      this.#load(value);
    } else if (name === '-j' || name === '-g') this.#jump(name, value, isNegated);
    else {
      if (name === '-p') this.#setProtocol(value);
      if (this.#basics.some((one) => one.name === name)) this.#doubted(`${name} stands twice`);
      this.#basics.push({ name, values, isNegated, first, end: at + arity });
    }
    return at + arity;
  }

  #jump(name: string, value: string, isNegated: boolean): void {
    if (this.#target !== undefined || isNegated) this.#doubted('it jumps twice');
    const known = name === '-j' ? knownTarget(value, this.#family) : undefined;
    this.#target = { name: value, known, options: [], isGoto: name === '-g' };
    this.#loaded.push(this.#target);
  }

  #setProtocol(value: string): void {
    const number = protocolNumber(value);
    this.#protocol = number === undefined || number === 0 ? undefined : protocolName(number);
  }

  #load(name: string): MutablePart {
    const known = knownMatch(name, this.#family);
    if (known === undefined) this.#doubted(`sluice does not know the match ${name}`);
    const part = { name: known?.module.name ?? name, known, options: [], isGoto: false };
    this.#matches.push(part);
    this.#loaded.push(part);
    return part;
  }

  /** What was loaded last has the first word. */
  #findExact(written: string) {
    for (const part of this.#loaded.toReversed()) {
      const spec = part.known?.options.get(written);
      if (spec !== undefined) return [part, spec] as const;
    }
    return undefined;
  }

  /** An option of a loaded module, a basic one by an abbreviation, or one of the match that the protocol brings along. */
  #find(written: string) {
    const found = this.#findExact(written) ?? this.#findAbbreviated(written);
    if (found !== undefined || this.#protocol === undefined) return found;
    const name = implicitMatch(this.#protocol);
    if (this.#matches.some((part) => part.name === name)) return undefined;
    const known = knownMatch(name, this.#family);
    if (known === undefined || !mayMean(written, known)) return undefined;
    this.#load(name);
    return this.#findExact(written) ?? this.#findAbbreviated(written);
  }

  /** getopt takes the beginning of a long name where it can mean one option alone. */
  #findAbbreviated(written: string) {
    const basics = new Set([...BASICS].flatMap(([long, short]) => (long.startsWith(written) ? [short] : [])));
    const others = OTHER_COMMANDS.filter((name) => name.startsWith(written));
    const specs = this.#loaded.flatMap((part) =>
      [
        ...new Set(
          [...(part.known?.options ?? [])].flatMap(([name, spec]) =>
            name.startsWith(written) ? [spec] : [],
          ),
        ),
      ].map((spec) => [part, spec] as const),
    );
    if (basics.size + others.length + specs.length !== 1) return undefined;
    return specs[0] ?? [...basics][0];
  }

  /** An option that no known module has: it belongs to what was loaded last, with all up to the next one. */
  #readUnknown(written: string, isNegated: boolean, first: number, at: number): number {
    this.#doubted(`sluice does not know the option ${written}`);
    let end = at;
    while (end < this.#tokens.length && this.#word(end) !== '!' && !this.#isOptionAt(end)) end += 1;
    const values = this.#tokens.slice(at, end).map((token) => token.text);
    this.#loaded.at(-1)?.options.push({ name: written, values, isNegated, first, end });
    return end;
  }

  #isOptionAt(at: number): boolean {
    const token = this.#tokens[at];
    return token !== undefined && !token.isQuoted && /^-./.test(token.text);
  }

  #values(at: number, count: number, of: string): readonly string[] {
    const values = this.#tokens.slice(at, at + count).map((token) => token.text);
    if (values.length < count) this.#doubted(`${of} lacks its argument`);
    return values;
  }

  #word(at: number): string | undefined {
    return this.#tokens[at]?.text;
  }

  #doubted(reason: string): void {
    this.#doubt ??= reason;
  }
}

function mayMean(written: string, known: Known): boolean {
  return known.options.has(written) || [...known.options.keys()].some((name) => name.startsWith(written));
}
