import { didYouMean } from '../inventory/suggestion.ts';
import type { Family } from '../ruleset/model.ts';
import { TABLE_NAMES } from '../ruleset/tables.ts';
import { type Fault, FaultError, faultAt } from './fault.ts';
import { type ChainLine, parseChain } from './fragment-chain.ts';
import { parseRule, type RuleText } from './fragment-rule.ts';
import { type Place, placeName } from './origin.ts';
import type { RuleLine } from './rule-lines.ts';

/** What one `*table … COMMIT` of a rendered fragment asks for. */
export type FragmentTable = {
  readonly name: string;
  readonly chains: readonly (ChainLine & Place)[];
  readonly rules: readonly (RuleText & Place)[];
};

/** A table whose COMMIT has not come yet. */
type OpenTable = Place & {
  /** Undefined where the name is wrong: what follows can't be judged then. */
  readonly name: string | undefined;
  readonly chains: (ChainLine & Place)[];
  readonly rules: (RuleText & Place)[];
};

/**
 * Parses rendered lines as iptables-restore text, in the part of its language that says what there should be. Answers
 * all faults, each at its line of the template.
 */
export function parseFragment(
  lines: readonly RuleLine[],
  family: Family,
): { readonly tables: readonly FragmentTable[]; readonly faults: readonly Fault[] } {
  const tables: FragmentTable[] = [];
  const faults: Fault[] = [];
  const attempt = ({ line, origin }: Place, step: () => void) => {
    try {
      step();
    } catch (error) {
      faults.push({ ...faultAt(line, error), origin });
    }
  };
  let open: OpenTable | undefined;
  for (const { text: rendered, line, origin } of lines) {
    const place = { line, origin };
    const text = rendered.trim();
    if (text === '' || text.startsWith('#')) continue;
    if (text.startsWith('*')) {
      if (open?.name !== undefined) faults.push(unfinished(open.name, open, place));
      const started: OpenTable = { name: tableName(text), ...place, chains: [], rules: [] };
      if (started.name === undefined) faults.push(unknownTable(text.slice(1), place));
      else tables.push({ ...started, name: started.name });
      open = started;
    } else if (open === undefined) faults.push(outside(text, place));
    else if (text === 'COMMIT') open = undefined;
    else {
      const { name, chains, rules } = open;
      if (name !== undefined) attempt(place, () => parseLine(text, place, family, { name, chains, rules }));
    }
  }
  if (open?.name !== undefined) faults.push(unfinished(open.name, open));
  return { tables, faults };
}

/** Any but the tab. */
const CONTROL_CHARACTER = /[^\P{Cc}\t]/u;

function parseLine(
  text: string,
  { line, origin }: Place,
  family: Family,
  table: Pick<OpenTable, 'chains' | 'rules'> & { readonly name: string },
): void {
  if (CONTROL_CHARACTER.test(text)) {
    const remedy = 'Remove it; an editor can show invisible characters.';
    throw new FaultError('control-character', 'the line holds a control character', remedy);
  }
  const chain = text.replace(/^(?:-N|--new-chain)\s+(\S+)$/, ':$1 -');
  if (chain.startsWith(':')) table.chains.push({ ...parseChain(chain, line, family, table.name), origin });
  else {
    const { chain: of, text: rule, jump } = parseRule(text, family);
    table.rules.push({ chain: of, text: rule, jump, line, origin });
  }
}

function tableName(text: string): string | undefined {
  return TABLE_NAMES.find((name) => `*${name}` === text);
}

function unknownTable(name: string, { line, origin }: Place): Fault {
  const remedy = `${didYouMean(name, TABLE_NAMES)}Tables are ${TABLE_NAMES.join(', ')}.`;
  return { code: 'unknown-table', line, origin, message: `there is no table "${name}"`, remedy };
}

function unfinished(name: string, { line, origin }: Place, next?: Place): Fault {
  const message = `table ${name} is never committed`;
  const remedy = `End it with COMMIT${next === undefined ? '' : `, before ${placeName(next)}`}.`;
  return { code: 'missing-commit', line, origin, message, remedy };
}

function outside(text: string, { line, origin }: Place): Fault {
  const remedy = 'Put it between *filter (or another table) and COMMIT.';
  return { code: 'outside-table', line, origin, message: `"${text}" stands outside a table`, remedy };
}
