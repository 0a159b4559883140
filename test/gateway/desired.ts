import type { DesiredRuleset, DesiredState, Family } from '../../src/ruleset/model.ts';

/** What a play without sets and sysctls wants, unless told; nothing of it persists. */
export function desiredState(
  rulesets: readonly DesiredRuleset[],
  more: Partial<DesiredState> = {},
): DesiredState {
  return { rulesets, sets: [], sysctls: [], persist: false, conntrack: 'leave', ...more };
}

/** Restore text as a rendered rule set. */
export function desiredRuleset(text: string, family: Family = 'ipv4'): DesiredRuleset {
  const tables = [...text.matchAll(/^\*(\w+)$/gm)].map((match) => match[1] ?? '');
  return { family, text, tables, sources: [] };
}
