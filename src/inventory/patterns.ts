import type { Problem } from '../problem.ts';
import { descendants } from './group-tree.ts';
import type { Host, Inventory } from './model.ts';
import { nameTest } from './name-match.ts';
import { type Subscript, splitPattern, splitSubscript } from './pattern-split.ts';
import { didYouMean } from './suggestion.ts';

/** The hosts of a pattern, and those of its parts that named nothing (a part that names an empty group is fine). */
export type Match = { readonly hosts: readonly Host[]; readonly unmatched: readonly string[] };

/**
 * Finds the hosts of an Ansible host pattern: `web:db`, `web,db`, `web:&live`, `web:!old`, globs, `~regex`, `web[0:2]`, `web[-1]`.
 * Hosts come in the order in which the parts name them; within a group in the inventory's order.
 */
export function matchHosts(inventory: Inventory, pattern: string): Match {
  return matchParts(inventory, splitPattern(pattern));
}

/** Hosts that a part of a limit names otherwise than by a pattern: `&@RUN:failed`. Those that the inventory doesn't have are passed over. */
export type NamedHosts = {
  readonly sign: '' | '&' | '!';
  readonly names: readonly string[];
  /** In words: `failed hosts of run …`. */
  readonly what: string;
};

export type LimitPart = string | NamedHosts;

/** As `matchHosts`, for a pattern already in parts: unions first, then intersections (`&`), then exclusions (`!`). */
export function matchParts(inventory: Inventory, parts: readonly LimitPart[]): Match {
  const chosen = new Map<string, Host>();
  const unmatched: string[] = [];
  for (const part of inOrder(parts)) {
    if (typeof part !== 'string') {
      combine(
        chosen,
        part.sign,
        part.names.flatMap((name) => inventory.hosts.get(name) ?? []),
      );
      continue;
    }
    const hosts = matchPart(inventory, part);
    if (hosts === undefined) unmatched.push(part);
    combine(chosen, part.charAt(0), hosts ?? []);
  }
  return { hosts: [...chosen.values()], unmatched };
}

function combine(chosen: Map<string, Host>, sign: string, hosts: readonly Host[]): void {
  if (sign === '!') {
    for (const { name } of hosts) chosen.delete(name);
  } else if (sign === '&') {
    const kept = new Set(hosts.map(({ name }) => name));
    for (const name of [...chosen.keys()].filter((name) => !kept.has(name))) chosen.delete(name);
  } else {
    // A host that is named again keeps its first place.
    for (const host of hosts) chosen.set(host.name, host);
  }
}

/** Narrows hosts to those that `--limit` names, in the order they had. */
export function limitHosts(inventory: Inventory, hosts: readonly Host[], limit: readonly LimitPart[]): Match {
  const allowed = matchParts(inventory, limit);
  const names = new Set(allowed.hosts.map(({ name }) => name));
  return { hosts: hosts.filter(({ name }) => names.has(name)), unmatched: allowed.unmatched };
}

/** Which parts of a limit name no host at all, in words for a remedy. */
export function emptyParts(limit: readonly LimitPart[]): string {
  const empty = limit.flatMap((part) =>
    typeof part !== 'string' && part.names.length === 0 ? part.what : [],
  );
  return empty.map((what) => `There are no ${what}. `).join('');
}

/** The problem of a pattern that selects no host, with the nearest name that exists; undefined where it selects some. */
export function noHostsProblem(
  inventory: Inventory,
  pattern: string,
  match: Match,
  limit: readonly LimitPart[] = [],
): Problem | undefined {
  if (match.hosts.length > 0) return undefined;
  const known = [...inventory.groups.keys(), ...inventory.hosts.keys()];
  const [missing] = match.unmatched;
  const hint = missing === undefined ? '' : didYouMean(missing.replace(/^[!&]/, ''), known);
  const remedy = `${hint}${emptyParts(limit)}"sluice inventory --graph" shows the groups and hosts there are.`;
  return { code: 'no-hosts', message: `pattern "${pattern}" matches no host`, remedy };
}

function inOrder(parts: readonly LimitPart[]): readonly LimitPart[] {
  const signOf = (part: LimitPart) => (typeof part === 'string' ? part.charAt(0) : part.sign);
  const unions = parts.filter((part) => !['&', '!'].includes(signOf(part)));
  const intersections = parts.filter((part) => signOf(part) === '&');
  const exclusions = parts.filter((part) => signOf(part) === '!');
  // Only exclusions or intersections: of everything. Nothing at all is nothing: an empty limit must not mean the whole fleet.
  const base = unions.length === 0 && parts.length > 0 ? ['all'] : unions;
  return [...base, ...intersections, ...exclusions];
}

/** Undefined where the part names neither a host nor a group. */
function matchPart(inventory: Inventory, part: string): readonly Host[] | undefined {
  const host = inventory.hosts.get(part);
  if (host !== undefined) return [host];
  const { expression, subscript } = splitSubscript(part.replace(/^[!&]/, ''));
  const hosts = matchExpression(inventory, expression);
  if (hosts === undefined || hosts.length === 0 || subscript === undefined) return hosts;
  return applySubscript(hosts, subscript);
}

function matchExpression(inventory: Inventory, expression: string): readonly Host[] | undefined {
  const test = nameTest(expression);
  if (test === undefined) return undefined;
  const groups = [...inventory.groups.keys()].filter(test);
  const hosts = groups.flatMap((group) => hostsOf(inventory, group));
  // A glob or an address may mean hosts as well as groups; a plain name that is a group means only that.
  if (groups.length === 0 || /^~|[.?*[]/.test(expression)) {
    for (const host of inventory.hosts.values()) if (test(host.name)) hosts.push(host);
  }
  return groups.length === 0 && hosts.length === 0 ? undefined : hosts;
}

function hostsOf(inventory: Inventory, group: string): Host[] {
  const names = new Set(
    descendants(inventory.groups, group).flatMap((name) => inventory.groups.get(name)?.hosts ?? []),
  );
  return [...names].flatMap((name) => inventory.hosts.get(name) ?? []);
}

function applySubscript(hosts: readonly Host[], { start, end }: Subscript): readonly Host[] | undefined {
  const first = start < 0 ? hosts.length + start : start;
  const last = end === 'last' ? hosts.length - 1 : end < 0 ? hosts.length + end : end;
  const chosen = first < 0 ? [] : hosts.slice(first, last + 1);
  return chosen.length === 0 ? undefined : chosen;
}
