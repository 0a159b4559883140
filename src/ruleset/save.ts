/** The text of `iptables-save`, line by line: nothing is lost, and `formatSave` gives the same text back. */
export type SavedRuleset = {
  readonly tables: readonly SavedTable[];
  /** Lines after the last table. */
  readonly after: readonly string[];
};

export type SavedTable = {
  readonly name: string;
  /** Lines before `*name`: comments and blank lines. */
  readonly before: readonly string[];
  /** From `*name` to `COMMIT`, both included. */
  readonly lines: readonly SavedLine[];
};

/** One line of a table; `text` is the line as it stood, without its line feed. */
export type SavedLine =
  | {
      readonly kind: 'chain';
      readonly text: string;
      readonly chain: string;
      /** `ACCEPT` or `DROP` of a built-in chain, `-` of a user's. */
      readonly policy: string;
    }
  | {
      readonly kind: 'rule';
      readonly text: string;
      readonly chain: string /** From `-A` on, without counters. */;
      readonly rule: string;
    }
  /** `*table`, `COMMIT`, comments, blank lines, and what only iptables-restore understands. */
  | { readonly kind: 'other'; readonly text: string };

const CHAIN = /^:\s*(\S+)\s+(\S+)/;
const RULE = /^\s*(?:\[\d+:\d+\]\s*)?((?:-A|--append)\s+("[^"]*"|\S+).*)$/s;

/**
 * Parses the output of iptables-save, with or without counters. It never fails: a line it can't place is kept as `other`.
 * Lines are split at line feeds alone, so that a carriage return survives too.
 */
export function parseSave(text: string): SavedRuleset {
  const tables: SavedTable[] = [];
  let before: string[] = [];
  let open: { name: string; before: readonly string[]; lines: SavedLine[] } | undefined;
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) {
      open = { name: line.slice(1).trim(), before, lines: [{ kind: 'other', text: line }] };
      tables.push(open);
      before = [];
    } else if (open === undefined) before.push(line);
    else {
      open.lines.push(parseLine(line));
      if (line.trimEnd() === 'COMMIT') open = undefined;
    }
  }
  return { tables, after: before };
}

/** Gives back the very text that was parsed. */
export function formatSave(saved: SavedRuleset): string {
  const lines = saved.tables.flatMap((table) => [...table.before, ...table.lines.map((line) => line.text)]);
  return [...lines, ...saved.after].join('\n');
}

function parseLine(text: string): SavedLine {
  if (text.startsWith(':')) {
    const [, chain, policy] = CHAIN.exec(text) ?? [];
    if (chain !== undefined && policy !== undefined) return { kind: 'chain', text, chain, policy };
  }
  const found = RULE.exec(text);
  const [rule, chain] = [found?.[1], found?.[2]];
  if (rule !== undefined && chain !== undefined)
    return { kind: 'rule', text, chain: chain.includes('"') ? chain.replaceAll('"', '') : chain, rule };
  return { kind: 'other', text };
}
