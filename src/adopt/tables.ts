import type { Family } from '../ruleset/model.ts';
import { parseSave } from '../ruleset/save.ts';
import { builtinChains } from '../ruleset/tables.ts';
import type { Chain, Table } from './model.ts';

/**
 * The tables of a save that do something, their counters and comments left out.
 *
 * @returns also the lines that are no part of a table's language: a name or a comment with a line break in it, which no restore would take
 */
export function readTables(
  save: string,
  family: Family,
): { readonly tables: readonly Table[]; readonly strange: readonly string[] } {
  const strange: string[] = [];
  const tables = parseSave(save).tables.map((saved): Table => {
    const chains = new Map<string, { name: string; policy: string; rules: string[] }>();
    for (const line of saved.lines) {
      if (line.kind === 'chain') chains.set(line.chain, { name: line.chain, policy: line.policy, rules: [] });
      else if (line.kind === 'rule' && chains.has(line.chain)) chains.get(line.chain)?.rules.push(line.rule);
      else if (!isFrame(line.text)) strange.push(line.text);
    }
    return { family, name: saved.name, chains: [...chains.values()] };
  });
  return { tables: tables.filter((table) => !isPristine(table)), strange };
}

/** Tells whether a table is as the kernel makes it. */
export function isPristine({ chains }: Table): boolean {
  return chains.every(isTrivial);
}

/** Tells whether a chain is there in any table of its name, and lets everything pass. */
export function isTrivial({ policy, rules }: Chain): boolean {
  return policy === 'ACCEPT' && rules.length === 0;
}

/** `*table` to `COMMIT`, in the order of iptables-save: chains, then rules, chain by chain. */
export function tableText({ name, chains }: Pick<Table, 'name' | 'chains'>): string {
  const lines = [
    `*${name}`,
    ...chains.map((chain) => `:${chain.name} ${chain.policy} [0:0]`),
    ...chains.flatMap(({ rules }) => rules),
    'COMMIT',
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** A table with every chain that the kernel makes with it, those first and in its order: what a play that has the table comes to. */
export function wholeTable(table: Table): Table {
  const builtins = builtinChains(table.name) ?? [];
  const found = new Map(table.chains.map((chain) => [chain.name, chain]));
  const own = table.chains.filter(({ name }) => !builtins.includes(name));
  const made = builtins.map((name) => found.get(name) ?? { name, policy: 'ACCEPT', rules: [] });
  return { ...table, chains: [...made, ...own] };
}

function isFrame(text: string): boolean {
  return text.trim() === '' || text.startsWith('#') || text.startsWith('*') || text.trimEnd() === 'COMMIT';
}
