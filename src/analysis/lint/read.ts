import type { Family } from '../../ruleset/model.ts';
import { rememberTexts } from '../../ruleset/remember.ts';
import { parseRule, type Rule } from '../../ruleset/rule.ts';
import { builtinChains } from '../../ruleset/tables.ts';
import { tenantOf } from '../../ruleset/tenants.ts';
import { splitTokens } from '../../ruleset/tokens.ts';
import type { Chain, LintRule, LintRuleset, Place, Surroundings, Table } from './model.ts';

/** One command to a table, wherever it was written: `-A INPUT …`, `-P INPUT DROP`, `-N MINE`, `:INPUT DROP`. */
export type Line = { readonly table: string; readonly text: string; readonly place: Place | undefined };

/** Reads a rule; the same text in many chains and on many gateways is read once. */
export type RuleReader = (text: string, family: Family) => Rule;

export function createRuleReader(): RuleReader {
  const read = (family: Family) => rememberTexts((text) => lean(parseRule(text, family)));
  const readers = { ipv4: read('ipv4'), ipv6: read('ipv6') };
  return (text, family) => readers[family](text);
}

/** Its text says it all again, and takes far less room than its tokens. */
function lean(rule: Rule): Rule {
  return { ...rule, tokens: [] };
}

type MutableChain = { -readonly [K in keyof Chain]: K extends 'rules' ? Written[] : Chain[K] };
type Written = { readonly text: string; readonly place: Place | undefined };

/** The rule set that commands leave, one after the other. */
export function rulesetOf(
  lines: Iterable<Line>,
  {
    family,
    around,
    read,
  }: { readonly family: Family; readonly around: Surroundings; readonly read: RuleReader },
): LintRuleset {
  const tables = new Map<string, Map<string, MutableChain>>();
  for (const line of lines) {
    const chains = tables.get(line.table) ?? new Map<string, MutableChain>();
    tables.set(line.table, chains);
    obey(line, chains);
  }
  const finish = ([name, chains]: [string, Map<string, MutableChain>]): [string, Table] => [
    name,
    { name, chains: new Map([...chains].map(([of, chain]) => [of, finished(chain, family, read)])) },
  ];
  const whole = new Map([...tables].map(finish));
  const rules = [...whole.values()].flatMap((table) =>
    [...table.chains.values()].flatMap((chain) => chain.rules),
  );
  return { family, around, tables: whole, rules };
}

function finished(chain: MutableChain, family: Family, read: RuleReader): Chain {
  const rules: LintRule[] = [];
  const whole: Chain = { ...chain, rules };
  for (const [at, { text, place }] of chain.rules.entries())
    rules.push({ chain: whole, at, rule: read(text, family), place });
  return whole;
}

const APPEND = /^(?:-A|--append)\s/;

function obey({ table, text, place }: Line, chains: Map<string, MutableChain>): void {
  // By far the most: no need to take it apart.
  if (APPEND.test(text)) {
    const [, name = ''] = /^\S+\s+("[^"]*"|\S+)/.exec(text) ?? [];
    chainOf(name.replaceAll('"', ''), table, chains).rules.push({ text, place });
    return;
  }
  const declared = /^:\s*(\S+)\s+(\S+)/.exec(text);
  const { tokens } = splitTokens(text);
  const [command = '', name = '', third = ''] =
    declared === null ? tokens.map((token) => token.text) : ['-N', declared[1], declared[2]];
  const isPolicy = declared !== null && builtinChains(table)?.includes(name) === true;
  switch (isPolicy ? '-P' : command) {
    case '-N':
    case '--new-chain':
    case '-P':
    case '--policy':
      declare(name, { policy: third, place }, table, chains);
      return;
    case '-I':
    case '--insert': {
      const isNumbered = /^\d+$/.test(third);
      const rest = text.slice(tokens[isNumbered ? 3 : 2]?.start ?? text.length);
      const { rules } = chainOf(name, table, chains);
      rules.splice(isNumbered ? Number(third) - 1 : 0, 0, { text: `-A ${name} ${rest}`, place });
      return;
    }
    case '-R':
    case '--replace':
      chainOf(name, table, chains).rules[Number(third) - 1] = {
        text: `-A ${name} ${text.slice(tokens[3]?.start ?? text.length)}`,
        place,
      };
      return;
    case '-D':
    case '--delete':
      remove(chainOf(name, table, chains), third, text.slice(tokens[2]?.start ?? text.length));
      return;
    case '-F':
    case '--flush':
      for (const chain of chains.values()) if (name === '' || chain.name === name) chain.rules.length = 0;
      return;
  }
}

function declare(
  name: string,
  { policy, place }: { readonly policy: string; readonly place: Place | undefined },
  table: string,
  chains: Map<string, MutableChain>,
): void {
  const chain = chainOf(name, table, chains);
  if (policy === 'ACCEPT' || policy === 'DROP') chain.policy = policy;
  chain.place = place;
  chain.isDeclared = true;
}

function remove(chain: MutableChain, number: string, rest: string): void {
  const wanted = `-A ${chain.name} ${rest}`;
  const at = /^\d+$/.test(number)
    ? Number(number) - 1
    : chain.rules.findIndex(({ text }) => text.replaceAll(/\s+/g, ' ') === wanted.replaceAll(/\s+/g, ' '));
  if (at >= 0) chain.rules.splice(at, 1);
}

function chainOf(name: string, table: string, chains: Map<string, MutableChain>): MutableChain {
  const known = chains.get(name);
  if (known !== undefined) return known;
  const isBuiltin = builtinChains(table)?.includes(name) ?? false;
  const made: MutableChain = {
    table,
    name,
    policy: undefined,
    place: undefined,
    isBuiltin,
    isDeclared: isBuiltin,
    // Docker makes this one for its users' rules.
    tenant: name === 'DOCKER-USER' ? undefined : tenantOf(name)?.tool,
    rules: [],
  };
  chains.set(name, made);
  return made;
}
