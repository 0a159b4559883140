import type { Problem } from '../problem.ts';
import type { DesiredRuleset, DesiredSet, DesiredSysctl } from '../ruleset/model.ts';
import type { Play } from './model.ts';

/** What one play renders for one host. */
export type Owned = {
  readonly play: Play;
  readonly host: string;
  readonly rulesets: readonly Pick<DesiredRuleset, 'family' | 'tables'>[];
  readonly sets: readonly Pick<DesiredSet, 'name'>[];
  readonly sysctls: readonly Pick<DesiredSysctl, 'key'>[];
};

/**
 * Finds tables, sets and kernel parameters that two plays would own on the same host: each apply of one would undo the other. One problem
 * for each pair of plays and thing, naming the hosts.
 */
export function findOwnershipConflicts(owned: readonly Owned[]): readonly Problem[] {
  const claims = new Map<string, Play[]>();
  const conflicts = new Map<
    string,
    { readonly first: Play; readonly second: Play; readonly thing: Thing; readonly hosts: string[] }
  >();
  for (const one of owned) {
    const { play, host } = one;
    for (const thing of thingsOf(one)) {
      const place = `${host} ${thing.kind} ${thing.name}`;
      const others = claims.get(place) ?? [];
      claims.set(place, [...others, play]);
      const first = others.find(
        (other) => other.id !== play.id && (thing.kind !== 'table' || overlap(other, play)),
      );
      if (first === undefined) continue;
      const key = `${first.id} ${play.id} ${thing.kind} ${thing.name}`;
      const conflict = conflicts.get(key) ?? { first, second: play, thing, hosts: [] };
      conflict.hosts.push(host);
      conflicts.set(key, conflict);
    }
  }
  return [...conflicts.values()].map(({ first, second, thing, hosts }) => ({
    code: 'ownership-conflict',
    file: second.file,
    line: second.line,
    message: `plays "${first.id}" (${first.file}:${first.line}) and "${second.id}" would both own ${nameOf(thing, first, second)} of ${named(hosts)}`,
    remedy: remedyFor(thing, first, second),
  }));
}

/** Within one table, plays that own only chains get along where neither prefix begins with the other. */
function overlap({ scope: a }: Play, { scope: b }: Play): boolean {
  if (a.kind !== 'chains' || b.kind !== 'chains') return true;
  return a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix);
}

function nameOf(thing: Thing, { scope: a }: Play, { scope: b }: Play): string {
  if (thing.kind === 'table' && a.kind === 'chains' && b.kind === 'chains')
    return `chains ${a.prefix.length > b.prefix.length ? a.prefix : b.prefix}* of table ${thing.name}`;
  return `${thing.kind} ${thing.name}`;
}

function remedyFor(thing: Thing, { scope: a }: Play, { scope: b }: Play): string {
  if (thing.kind !== 'table' || (a.kind !== 'chains' && b.kind !== 'chains')) return REMEDIES[thing.kind];
  return a.kind === b.kind
    ? 'Give each play a prefix of its own, of which none begins with another.'
    : 'One play owns the whole table, the other chains in it: give both scope: chains, or put the rules into one play.';
}

type Thing = { readonly kind: keyof typeof REMEDIES; readonly name: string };

const REMEDIES = {
  table: 'A table has one owner: put the rules into one play, or let the plays name different hosts.',
  set: 'A set has one owner: create it in one play, or let the plays name different hosts.',
  sysctl: 'A kernel parameter has one owner: name it in one play, or let the plays name different hosts.',
} as const;

function thingsOf({ rulesets, sets, sysctls }: Owned): readonly Thing[] {
  return [
    ...rulesets.flatMap(({ family, tables }) =>
      tables.map((table) => ({ kind: 'table', name: `${family} ${table}` }) as const),
    ),
    ...sets.map(({ name }) => ({ kind: 'set', name }) as const),
    ...sysctls.map(({ key }) => ({ kind: 'sysctl', name: key }) as const),
  ];
}

function named(hosts: readonly string[]): string {
  const shown = hosts.slice(0, 3).join(', ');
  return hosts.length <= 3 ? shown : `${shown} and ${hosts.length - 3} more`;
}
