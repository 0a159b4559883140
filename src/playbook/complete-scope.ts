import type { JumpPlace, Scope } from '../ruleset/model.ts';
import { builtinChains, isBuiltinName, TABLE_NAMES } from '../ruleset/tables.ts';
import { tenantOfPrefix } from '../ruleset/tenants.ts';
import { invalid, type KeyProblem } from './key-problem.ts';
import type { WrittenPlay } from './schema.ts';

/** What of its tables a play owns; keys that don't go together are problems. */
export function completeScope(written: WrittenPlay): {
  readonly scope: Scope;
  readonly problems: readonly KeyProblem[];
} {
  const { id, scope = 'tables', keep, prefix, jumps } = written;
  if (scope === 'tables') {
    const problems = (['prefix', 'jumps'] as const).flatMap((key) =>
      written[key] === undefined ? [] : invalid([key], 'goes with scope: chains only'),
    );
    return { scope: { kind: 'tables', keep: [...new Set(keep ?? [])] }, problems };
  }
  const places = Object.entries(jumps ?? {}).map(([chain, position]) => placeOf(chain, position));
  const problems = [
    ...(keep === undefined
      ? []
      : [invalid(['keep'], 'goes with scope: tables only: with scope: chains, all chains of others stay')]),
    ...prefixProblems(prefix),
    ...places.flatMap((place) => placeProblems(place, prefix)),
  ];
  return { scope: { kind: 'chains', prefix: prefix ?? '', mark: `sluice:${id}`, jumps: places }, problems };
}

type WrittenPosition = NonNullable<WrittenPlay['jumps']>[string];

function placeOf(key: string, position: WrittenPosition): JumpPlace {
  const [table = '', chain = ''] = key.split(' ');
  if (typeof position === 'string') return { table, chain, at: position };
  return 'after' in position
    ? { table, chain, at: 'after', anchor: position.after }
    : { table, chain, at: 'before', anchor: position.before };
}

function prefixProblems(prefix: string | undefined): readonly KeyProblem[] {
  if (prefix === undefined) {
    return [
      {
        code: 'missing-key',
        path: ['scope'],
        message: "prefix is missing: with scope: chains it says which chains are the play's own",
        remedy: 'Add prefix, such as "EDGE-"; docs/coexistence.md has an example.',
      },
    ];
  }
  const builtin = TABLE_NAMES.flatMap((table) => builtinChains(table) ?? []).find((chain) =>
    chain.startsWith(prefix),
  );
  if (builtin !== undefined)
    return [invalid(['prefix'], `is "${prefix}": the built-in chain ${builtin} begins with it`)];
  const tenant = tenantOfPrefix(prefix);
  return tenant === undefined
    ? []
    : [invalid(['prefix'], `is "${prefix}": chains of ${tenant} begin with it`)];
}

function placeProblems(place: JumpPlace, prefix: string | undefined): readonly KeyProblem[] {
  const path = ['jumps', `${place.table} ${place.chain}`];
  const isOwn = (chain: string) => prefix !== undefined && chain.startsWith(prefix);
  if (isOwn(place.chain))
    return [invalid(path, 'is a chain of the play itself: its rules stand in the order of the templates')];
  if (isBuiltinName(place.chain) && !builtinChains(place.table)?.includes(place.chain))
    return [invalid(path, `names a chain that table ${place.table} doesn't have`)];
  return 'anchor' in place && isOwn(place.anchor)
    ? [invalid(path, 'has a chain of the play itself for an anchor')]
    : [];
}
