import { type LimitPart, limitHosts, matchHosts, noHostsProblem } from '../../inventory/patterns.ts';
import { didYouMean } from '../../inventory/suggestion.ts';
import type { Play } from '../../playbook/model.ts';
import type { Problem } from '../../problem.ts';
import type { LoadedInventory } from '../../project/inventory.ts';

/** The hosts of a play, as far as a limit leaves them, and what is wrong with either pattern. */
export function hostsOf(play: Play, inventory: LoadedInventory, limit: readonly LimitPart[] | undefined) {
  const place = { file: play.file, line: play.line };
  const match = matchHosts(inventory, play.hosts);
  const problems: Problem[] = [];
  const none = noHostsProblem(inventory, play.hosts, match);
  if (none !== undefined) problems.push({ ...none, ...place });
  else problems.push(...match.unmatched.map((part) => ({ ...unknownPart(part, inventory), ...place })));
  if (limit === undefined) return { hosts: match.hosts, pool: match.hosts, problems };
  const limited = limitHosts(inventory, match.hosts, limit);
  return {
    hosts: limited.hosts,
    pool: match.hosts,
    problems: [...problems, ...limited.unmatched.map((part) => unknownPart(part, inventory))],
  };
}

/** A part that names nothing is most often a typo; in an exclusion it would touch a host that was to be spared. */
export function unknownPart(part: string, { groups, hosts }: LoadedInventory): Problem {
  const hint = didYouMean(part.replace(/^[!&]/, ''), [...groups.keys(), ...hosts.keys()]);
  return {
    code: 'unknown-host-pattern',
    message: `"${part}" names no host and no group of the inventory`,
    remedy: `${hint}"sluice inventory --graph" shows what there is.`,
  };
}
