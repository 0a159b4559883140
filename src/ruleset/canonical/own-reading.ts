import type { Family } from '../model.ts';
import { parseSave, type SavedTable } from '../save.ts';
import { builtinChains } from '../tables.ts';
import type { Backend } from './module.ts';
import { normaliseRuleset } from './ruleset.ts';

/** A rule, or a line of a set, that a comparison by sluice's own reading can't decide: what differs there may be no difference. */
export type Undecided = {
  /** `ipv4 filter INPUT`, `ipset blocked`. */
  readonly where: string;
  readonly line: string;
  /** A clause without a capital: `sluice does not know the match bpf`. */
  readonly reason: string;
  /** The kernel printed the very same words: no difference is shown. */
  readonly isAlike: boolean;
};

/** How two states were compared where no shadow namespace could be made: nothing was loaded, so the kernel was not asked. */
export type OwnReading = {
  /** In the gateway's words, why no namespace can be made there. */
  readonly why: string;
  readonly undecided: readonly Undecided[];
};

export type ReadFamily = {
  readonly family: Family;
  /** As the kernel printed it. */
  readonly live: string;
  /** As it was written; canonical once it is read. */
  readonly canonical: string;
  /** As the kernel printed it once. */
  readonly confirmed?: string;
};

/** What else is known of the gateway, beside the texts. */
export type ReadContext = {
  readonly backend: Backend;
  /** Chains of others that rules may jump to, by table. */
  readonly foreign: ReadonlyMap<string, ReadonlySet<string>>;
  /** The texts hold none of a table's built-in chains, since those are others'. */
  readonly isPartial: boolean;
};

/**
 * Both sides of a comparison in one form, where no kernel can be asked: in canonical form as far as that is certain, else in the words
 * that were given. An empty table is no table.
 */
export function readFamily<T extends ReadFamily>(
  side: T,
  context: ReadContext,
): { readonly read: T; readonly undecided: readonly Undecided[] } {
  const { family, live, canonical, confirmed } = side;
  const [actual, desired] = [readText(live, family, context), readText(canonical, family, context)];
  const standing = linesByTable(actual.text);
  const wished = linesByTable(desired.text);
  const undecided = [
    ...desired.unsure.map((one) => toldOf(family, one, standing)),
    // What is wanted in the same words is told there.
    ...actual.unsure.map((one) => toldOf(family, one, wished)).filter(({ isAlike }) => !isAlike),
  ];
  return {
    read: {
      ...side,
      live: actual.text,
      canonical: desired.text,
      ...(confirmed === undefined ? {} : { confirmed: readText(confirmed, family, context).text }),
    },
    undecided,
  };
}

type PlacedUnsure = { readonly table: string; readonly rule: string; readonly reason: string };

function readText(
  text: string,
  family: Family,
  { backend, foreign, isPartial }: ReadContext,
): { readonly text: string; readonly unsure: readonly PlacedUnsure[] } {
  const { text: normal, unsure } = normaliseRuleset(text, family, backend, foreign);
  const tables = tableOfLines(text);
  const othersIn = (table: string) =>
    new Set([...(foreign.get(table) ?? []), ...(isPartial ? (builtinChains(table) ?? []) : [])]);
  return {
    text: parseSave(normal)
      .tables.filter((table) => !isPristine(table))
      .map((table) => textOf(table, othersIn(table.name)))
      .join(''),
    unsure: unsure.map(({ line, rule, reason }) => ({ table: tables[line - 1] ?? '', rule, reason })),
  };
}

function isPristine({ lines }: SavedTable): boolean {
  return lines.every((line) => line.kind === 'other' || (line.kind === 'chain' && line.policy === 'ACCEPT'));
}

function textOf({ lines }: SavedTable, others: ReadonlySet<string>): string {
  return lines
    .filter((line) => line.kind !== 'chain' || !others.has(line.chain))
    .map(({ text }) => `${text}\n`)
    .join('');
}

/** The table that each line of a text stands in. */
function tableOfLines(text: string): readonly string[] {
  let table = '';
  return text.split('\n').map((line) => {
    if (line.startsWith('*')) table = line.slice(1).trim();
    return table;
  });
}

function linesByTable(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    parseSave(text).tables.map(({ name, lines }) => [name, new Set(lines.map((line) => line.text))]),
  );
}

function toldOf(
  family: Family,
  { table, rule, reason }: PlacedUnsure,
  others: ReadonlyMap<string, ReadonlySet<string>>,
): Undecided {
  const chain = /^(?:-A|--append)\s+(\S+)/.exec(rule)?.[1] ?? '';
  const where = [family, table, chain].filter((word) => word !== '').join(' ');
  return { where, line: rule, reason, isAlike: others.get(table)?.has(rule) === true };
}
