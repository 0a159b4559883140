import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NormalisedRuleset, normaliseRuleset } from '../../../src/ruleset/canonical/ruleset.ts';
import type { Family } from '../../../src/ruleset/model.ts';
import { isTarget } from '../../../src/ruleset/targets.ts';

/** A rule as it is written and as a backend saves it; undefined where it refuses to load it. */
export type OracleCase = {
  readonly id: string;
  readonly family: Family;
  readonly table: string;
  readonly chain: string;
  readonly rule: string;
  readonly nft: string | undefined;
  readonly legacy: string | undefined;
};

export type Verdict = 'agrees' | 'disagrees' | 'unsure' | 'refused, unsure' | 'refused, accepted';

type Row = Readonly<Record<string, string | number | null>>;

export function extensionCases(corpus: string): readonly OracleCase[] {
  return rows(corpus, 'oracle/extensions-oracle.jsonl').map((row) => ({
    id: `${row.id}`,
    family: row.family as Family,
    table: `${row.table}`,
    chain: `${row.chain}`,
    rule: `${row.input}`,
    nft: row.canonical_nft === null ? undefined : `${row.canonical_nft}`,
    legacy: row.canonical_legacy === null ? undefined : `${row.canonical_legacy}`,
  }));
}

export function dumpCases(corpus: string): readonly OracleCase[] {
  return rows(corpus, 'oracle/dump-pairs.jsonl').map((row, at) => ({
    id: `dump-pairs:${at + 1}`,
    family: row.family === 4 ? 'ipv4' : 'ipv6',
    table: `${row.table}`,
    chain: `${row.chain}`,
    rule: `-A ${row.chain} ${row.input}`,
    nft: `-A ${row.chain} ${row.canonical_nft}`.trim(),
    legacy: `-A ${row.chain} ${row.canonical_legacy}`.trim(),
  }));
}

/** Judges one case; `chains` of the table are those the rule is in and jumps to. */
export function judge(one: OracleCase, backend: 'nft' | 'legacy'): { verdict: Verdict; said: string } {
  const jump = / -[jg] ([^ ]+)/.exec(one.rule)?.[1];
  const isOwn = jump !== undefined && !isTarget(jump, one.family);
  const chains = new Set([one.chain, ...(isOwn ? [jump] : [])]);
  const lines = [...chains].map((chain) => `:${chain} - [0:0]`);
  const text = `*${one.table}\n${lines.join('\n')}\n${one.rule}\nCOMMIT\n`;
  const result: NormalisedRuleset = normaliseRuleset(text, one.family, backend);
  const said = result.text
    .split('\n')
    .filter((line) => line.startsWith('-A'))
    .join('\n');
  const expected = one[backend];
  if (result.unsure.length > 0)
    return {
      verdict: expected === undefined ? 'refused, unsure' : 'unsure',
      said: result.unsure[0]?.reason ?? '',
    };
  if (expected === undefined) return { verdict: 'refused, accepted', said };
  return { verdict: said === expected ? 'agrees' : 'disagrees', said };
}

function rows(corpus: string, file: string): readonly Row[] {
  return readFileSync(join(corpus, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}
