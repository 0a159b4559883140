import type { ChainDiff, TableDiff } from '../ruleset/diff.ts';
import type { Members, SetDiff, SysctlDiff } from '../ruleset/diff-sets.ts';
import type { Hunk, RuleChange } from '../ruleset/hunks.ts';
import { formatInclusion } from '../ruleset/inclusion.ts';
import type { LineSource } from '../ruleset/model.ts';
import type { Diff } from './diff.ts';

/**
 * A diff as people read it: like a unified diff, with a file header for each table, set and so on, and a hunk header that names the
 * chain and counts its rules as `iptables -L --line-numbers` does. `~` marks a rule that moves, at both of its places.
 */
export function formatDiff({ tables, sets, sysctls, nextBoot }: Diff): string {
  const lines = [
    ...tables.flatMap(tableLines),
    ...sets.flatMap(setLines),
    ...(sysctls.length === 0 ? [] : [...header('sysctls'), ...sysctls.flatMap(sysctlLines)]),
    ...(nextBoot === undefined ? [] : [...header('next boot'), `-${nextBoot}`, '+as the play wants it']),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function header(title: string): readonly string[] {
  return [`--- before: ${title}`, `+++ after: ${title}`];
}

function tableLines({ family, table, chains }: TableDiff): readonly string[] {
  return [...header(`${family} ${table}`), ...chains.flatMap(chainLines)];
}

function chainLines({ chain, kind, policy, hunks }: ChainDiff): readonly string[] {
  const head = () => {
    if (kind === 'new') return [`@@ new chain @@ ${chain}`, `+:${chain} - [0:0]`];
    if (kind === 'gone') return [`@@ chain gone @@ ${chain}`, `-:${chain} - [0:0]`];
    if (policy === undefined) return [];
    return [`@@ policy @@ ${chain}`, `-:${chain} ${policy.before} [0:0]`, `+:${chain} ${policy.after} [0:0]`];
  };
  return [...head(), ...hunks.flatMap((hunk) => hunkLines(hunk, chain))];
}

function hunkLines({ before, after, rules }: Hunk, chain: string): readonly string[] {
  return [`@@ -${range(before)} +${range(after)} @@ ${chain}`, ...rules.map(ruleLine)];
}

/** As `diff -u` writes it: a count of one is left out. */
function range({ start, count }: Hunk['before']): string {
  return count === 1 ? `${start}` : `${start},${count}`;
}

function ruleLine(change: RuleChange): string {
  const { rule } = change;
  switch (change.kind) {
    case 'same':
      return ` ${rule}`;
    case 'removed':
      return `-${rule}`;
    case 'added':
      return `+${rule}${noted(placeOf(change.source))}`;
    case 'moved_away':
      return `~${rule}${noted(`moves from ${change.from} to ${change.to}`)}`;
    case 'moved_here': {
      const place = placeOf(change.source);
      const move = `moved from ${change.from} to ${change.to}`;
      return `~${rule}${noted(place === '' ? move : `${move}, ${place}`)}`;
    }
  }
}

function placeOf(source: LineSource | undefined): string {
  if (source === undefined) return '';
  return `${source.template}:${source.line}${formatInclusion(source.includedBy)}`;
}

function noted(note: string): string {
  return note === '' ? '' : `  # ${note}`;
}

function setLines({ set, header: create, removed, added }: SetDiff): readonly string[] {
  return [
    ...header(`ipset ${set}`),
    ...(create?.before === undefined ? [] : [`-${create.before}`]),
    ...memberLines('-', removed),
    ...(create?.after === undefined ? [] : [`+${create.after}`]),
    ...memberLines('+', added),
  ];
}

function memberLines(sign: '+' | '-', { count, shown }: Members): readonly string[] {
  const more = count - shown.length;
  return [...shown.map((line) => `${sign}${line}`), ...(more > 0 ? [`${sign}… and ${more} more`] : [])];
}

function sysctlLines({ key, before, after }: SysctlDiff): readonly string[] {
  return [
    ...(before === undefined ? [] : [`-${key} = ${before}`]),
    ...(after === undefined ? [] : [`+${key} = ${after}`]),
  ];
}
