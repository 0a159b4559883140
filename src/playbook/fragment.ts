import { didYouMean } from '../inventory/suggestion.ts';
import type { Family } from '../ruleset/model.ts';
import { TABLE_NAMES } from '../ruleset/tables.ts';
import { type Fault, FaultError, faultAt } from './fault.ts';
import { type ChainLine, parseChain } from './fragment-chain.ts';
import { parseRule, type RuleText } from './fragment-rule.ts';
import type { RuleLine } from './rule-lines.ts';

/** What one `*table … COMMIT` of a rendered fragment asks for. */
export type FragmentTable = {
  readonly name: string;
  readonly chains: readonly ChainLine[];
  readonly rules: readonly RuleText[];
};

/** A table whose COMMIT has not come yet. */
type OpenTable = {
  /** Undefined where the name is wrong: what follows can't be judged then. */
  readonly name: string | undefined;
  readonly line: number;
  readonly chains: ChainLine[];
  readonly rules: RuleText[];
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
  const attempt = (line: number, step: () => void) => {
    try {
      step();
    } catch (error) {
      faults.push(faultAt(line, error));
    }
  };
  let open: OpenTable | undefined;
  for (const { text: rendered, line } of lines) {
    const text = rendered.trim();
    if (text === '' || text.startsWith('#')) continue;
    if (text.startsWith('*')) {
      if (open?.name !== undefined) faults.push(unfinished(open.name, open.line));
      const started: OpenTable = { name: tableName(text), line, chains: [], rules: [] };
      if (started.name === undefined) faults.push(unknownTable(text.slice(1), line));
      else tables.push({ ...started, name: started.name });
      open = started;
    } else if (open === undefined) faults.push(outside(text, line));
    else if (text === 'COMMIT') open = undefined;
    else {
      const { name, chains, rules } = open;
      if (name !== undefined) attempt(line, () => parseLine(text, line, family, { name, chains, rules }));
    }
  }
  if (open?.name !== undefined) faults.push(unfinished(open.name, open.line));
  return { tables, faults };
}

function parseLine(
  text: string,
  line: number,
  family: Family,
  table: { readonly name: string; readonly chains: ChainLine[]; readonly rules: RuleText[] },
): void {
  if (/[^\P{Cc}\t]/u.test(text)) {
    const remedy = 'Remove it; an editor can show invisible characters.';
    throw new FaultError('control-character', 'the line holds a control character', remedy);
  }
  const [, newChain] = /^(?:-N|--new-chain)\s+(\S+)$/.exec(text) ?? [];
  if (newChain !== undefined) table.chains.push(parseChain(`:${newChain} -`, line, family, table.name));
  else if (text.startsWith(':')) table.chains.push(parseChain(text, line, family, table.name));
  else table.rules.push(parseRule(text, line, family));
}

function tableName(text: string): string | undefined {
  return TABLE_NAMES.find((name) => `*${name}` === text);
}

function unknownTable(name: string, line: number): Fault {
  const remedy = `${didYouMean(name, TABLE_NAMES)}Tables are ${TABLE_NAMES.join(', ')}.`;
  return { code: 'unknown-table', line, message: `there is no table "${name}"`, remedy };
}

function unfinished(name: string, line: number): Fault {
  const message = `table ${name} is never committed`;
  return { code: 'missing-commit', line, message, remedy: 'End it with COMMIT.' };
}

function outside(text: string, line: number): Fault {
  const remedy = 'Put it between *filter (or another table) and COMMIT.';
  return { code: 'outside-table', line, message: `"${text}" stands outside a table`, remedy };
}
