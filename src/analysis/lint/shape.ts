import { parsePort } from '../../ruleset/canonical/ports.ts';
import type { Rule, RuleOption, RulePart } from '../../ruleset/rule.ts';

/** Ports from–to, both included. */
export type Ports = readonly (readonly [number, number])[];

/** `-s`, `-d`, `-i`, `-o` or `-p` of a rule, where it keeps anything out. */
export function basic(rule: Rule, name: string): RuleOption | undefined {
  return rule.basics.find((option) => option.name === name && !isNoLimit(option));
}

/** The value of a basic option that isn't negated. */
export function basicValue(rule: Rule, name: string): string | undefined {
  const option = basic(rule, name);
  return option === undefined || option.isNegated ? undefined : option.values[0];
}

export function match(rule: Rule, name: string): RulePart | undefined {
  return rule.matches.find((part) => part.name === name);
}

/** An option of any match. */
export function matchOption(rule: Rule, ...names: readonly string[]): RuleOption | undefined {
  for (const { options } of rule.matches) {
    const found = options.find(({ name }) => names.includes(name));
    if (found !== undefined) return found;
  }
  return undefined;
}

export function targetValue(rule: Rule, name: string): string | undefined {
  return rule.target?.options.find((option) => option.name === name)?.values[0];
}

export function targetName(rule: Rule): string | undefined {
  return rule.target?.name;
}

/** In lower case; undefined where the rule takes every protocol, or all but one. */
export function protocol(rule: Rule): string | undefined {
  const value = basicValue(rule, '-p')?.toLowerCase();
  const known = value === '6' ? 'tcp' : value === '17' ? 'udp' : value;
  return known === 'all' || known === '0' ? undefined : known;
}

/** The ports that a rule is for; undefined where it names none, or only those that it is not for. */
export function ports(rule: Rule, side: 'dport' | 'sport'): Ports | undefined {
  const option = matchOption(rule, `--${side}`, `--${side}s`, '--ports');
  if (option === undefined || option.isNegated) return undefined;
  const parts = (option.values[0] ?? '').split(',').map(portSpan);
  return parts.every((part) => part !== undefined) ? parts : undefined;
}

/** Tells whether a rule says anything of ports. */
export function namesPorts(rule: Rule, side: 'dport' | 'sport'): boolean {
  return matchOption(rule, `--${side}`, `--${side}s`, '--ports') !== undefined;
}

function portSpan(text: string): readonly [number, number] | undefined {
  const [first = '', last, ...more] = text.split(':');
  const from = first === '' ? 0 : parsePort(first);
  const to = last === undefined ? from : last === '' ? 65_535 : parsePort(last);
  return from === undefined || to === undefined || more.length > 0 ? undefined : [from, to];
}

export function holdsPort(of: Ports, port: number): boolean {
  return of.some(([from, to]) => from <= port && port <= to);
}

/** Words of `--ctstate` or `--state`, in capitals; a negated one counts as none. */
export function states(rule: Rule): readonly string[] {
  const option = matchOption(rule, '--ctstate', '--state');
  return option === undefined || option.isNegated ? [] : (option.values[0] ?? '').toUpperCase().split(',');
}

/** Targets after which a packet goes no further in its table. */
const TERMINAL = new Set(['ACCEPT', 'DROP', 'REJECT', 'QUEUE', 'NFQUEUE', 'DNAT', 'SNAT', 'MASQUERADE', 'REDIRECT', 'NETMAP', 'TPROXY']); // biome-ignore format: a list

export function isTerminal(rule: Rule): boolean {
  return TERMINAL.has(targetName(rule) ?? '');
}

export function isDrop(rule: Rule): boolean {
  const name = targetName(rule);
  return name === 'DROP' || name === 'REJECT';
}

/** Tells whether a rule takes every packet that reaches it: only a comment stands in it. */
export function takesAll(rule: Rule): boolean {
  return (
    rule.doubt === undefined &&
    rule.basics.every(isNoLimit) &&
    rule.matches.every(({ name, options }) => name === 'comment' || (options.length === 0 && PLAIN.has(name)))
  );
}

const PLAIN = new Set(['tcp', 'udp', 'icmp', 'icmp6']);

const EVERYWHERE = new Set(['0/0', '0.0.0.0/0', '0.0.0.0/0.0.0.0', '::/0', '0::/0']);

function isNoLimit({ name, values: [value = ''], isNegated }: RuleOption): boolean {
  if (isNegated) return false;
  if (name === '-p') return value === 'all' || value === '0';
  if (name === '-s' || name === '-d') return EVERYWHERE.has(value);
  return (name === '-i' || name === '-o') && value === '+';
}

/** Matches that let some packets of the same kind pass and some not. */
const UNCERTAIN = new Set(['statistic', 'limit', 'hashlimit', 'recent', 'connlimit', 'quota', 'connbytes', 'time', 'rateest', 'random', 'nth']); // biome-ignore format: a list

export function isUncertain(rule: Rule): boolean {
  return rule.matches.some(({ name }) => UNCERTAIN.has(name));
}

/** What a rule matches, as one text, without comments and some of its matches: equal texts match the same packets. */
export function matchKey(rule: Rule, ...without: readonly string[]): string {
  const basics = rule.basics.filter((option) => !isNoLimit(option)).map(optionText);
  const parts = rule.matches
    .filter(({ name, options }) => name !== 'comment' && !without.includes(name) && options.length > 0)
    .map(({ name, options }) => `${name} ${options.map(optionText).sort().join(' ')}`);
  const bare = rule.matches.filter(({ name, options }) => options.length === 0 && !PLAIN.has(name));
  return [...basics.sort(), ...parts.sort(), ...bare.map(({ name }) => name)].join('\t');
}

function optionText({ name, values, isNegated }: RuleOption): string {
  return `${isNegated ? '!' : ''}${name} ${values.join(' ')}`;
}

/** Groups by a key, in the order of first sight. */
export function grouped<T>(items: readonly T[], keyOf: (item: T) => string | undefined): readonly T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
