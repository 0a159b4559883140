import type { Problem } from '../problem.ts';
import type { DesiredRuleset } from '../ruleset/model.ts';
import type { Play } from './model.ts';

/** What one play renders for one host. */
export type Owned = {
  readonly play: Play;
  readonly host: string;
  readonly rulesets: readonly DesiredRuleset[];
};

/**
 * Finds tables that two plays would own on the same host: each apply of one would undo the other. One problem for each pair of plays and
 * table, naming the hosts.
 */
export function findOwnershipConflicts(owned: readonly Owned[]): readonly Problem[] {
  const owners = new Map<string, Play>();
  const conflicts = new Map<
    string,
    { readonly first: Play; readonly second: Play; readonly table: string; readonly hosts: string[] }
  >();
  for (const { play, host, rulesets } of owned) {
    for (const { family, tables } of rulesets) {
      for (const table of tables) {
        const place = `${host} ${family} ${table}`;
        const first = owners.get(place) ?? play;
        owners.set(place, first);
        if (first.id === play.id) continue;
        const key = `${first.id} ${play.id} ${family} ${table}`;
        const conflict = conflicts.get(key) ?? {
          first,
          second: play,
          table: `${family} ${table}`,
          hosts: [],
        };
        conflict.hosts.push(host);
        conflicts.set(key, conflict);
      }
    }
  }
  return [...conflicts.values()].map(({ first, second, table, hosts }) => ({
    code: 'ownership-conflict',
    file: second.file,
    line: second.line,
    message: `plays "${first.id}" (${first.file}:${first.line}) and "${second.id}" would both own table ${table} of ${named(hosts)}`,
    remedy: 'A table has one owner: put the rules into one play, or let the plays name different hosts.',
  }));
}

function named(hosts: readonly string[]): string {
  const shown = hosts.slice(0, 3).join(', ');
  return hosts.length <= 3 ? shown : `${shown} and ${hosts.length - 3} more`;
}
