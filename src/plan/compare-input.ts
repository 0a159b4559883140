import { diffRulesets } from '../ruleset/diff.ts';
import { countDiff } from './diff.ts';
import type { SavedInput } from './saved-plan.ts';

/**
 * Names, in words, what of a host's rendered input is another than when the plan was made; empty when nothing is. Where a rule is
 * written is no part of it: a comment in a template moves lines and changes nothing.
 */
export function changedInput(then: SavedInput, now: SavedInput): readonly string[] {
  const differs = (one: unknown, other: unknown) => JSON.stringify(one) !== JSON.stringify(other);
  const named = (what: string, key: keyof SavedInput) =>
    differs(then[key], now[key]) ? [`${what} (${shown(then[key])} then, ${shown(now[key])} now)`] : [];
  return [
    ...named('its address', 'addresses'),
    ...(['ipv4', 'ipv6'] as const).flatMap((family) => changedRules(family, then, now)),
    ...changedNames('ipset', then.sets, now.sets, ({ name }) => name),
    ...changedNames('sysctl', then.sysctls, now.sysctls, ({ key }) => key),
    ...changedNames('check', then.checks, now.checks, ({ name }) => name),
    ...(differs(then.scope, now.scope) ? ['what of its tables it owns (scope, keep, prefix, jumps)'] : []),
    ...(differs(then.spares, now.spares) ? ['which backends drain'] : []),
    ...named('persist', 'persist'),
    ...named('conntrack', 'conntrack'),
    ...named('confirm_within', 'confirmWithinSeconds'),
  ];
}

function changedRules(family: 'ipv4' | 'ipv6', then: SavedInput, now: SavedInput): readonly string[] {
  const [before, after] = [then, now].map(
    ({ rulesets }) => rulesets.find((one) => one.family === family)?.text ?? '',
  );
  if (before === after) return [];
  const tables = diffRulesets({ family, before: before ?? '', after: after ?? '' });
  const words = tables.map((table) => {
    const { added, removed, moved } = countDiff({ tables: [table], sets: [], sysctls: [] });
    const chains = table.chains.map(({ chain }) => chain).join(', ');
    return `${family} ${table.table} (${chains}: +${added} -${removed}${moved > 0 ? ` ~${moved}` : ''})`;
  });
  return words.length > 0 ? words : [`${family} rules`];
}

function changedNames<T>(
  what: string,
  then: readonly T[],
  now: readonly T[],
  nameOf: (item: T) => string,
): readonly string[] {
  if (JSON.stringify(then) === JSON.stringify(now)) return [];
  const texts = (items: readonly T[]) =>
    new Map(items.map((item): [string, string] => [nameOf(item), JSON.stringify(item)]));
  const [old, young] = [texts(then), texts(now)];
  const names = [...new Set([...old.keys(), ...young.keys()])].filter(
    (name) => old.get(name) !== young.get(name),
  );
  return names.length > 0 ? names.map((name) => `${what} ${name}`) : [`the order of its ${what}s`];
}

function shown(value: unknown): string {
  return Array.isArray(value) ? value.join(' ') : String(value);
}
