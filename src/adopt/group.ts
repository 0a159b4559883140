import type { Adopted, Group } from './model.ts';

/**
 * Gateways that stand alike, in the order of the first of each. An id is the name of the inventory's group that has these hosts and no others,
 * else the host's own, else `like-HOST` after the first.
 *
 * @param inventoryGroups name → hosts
 */
export function groupHosts(
  adopted: ReadonlyMap<string, Adopted>,
  inventoryGroups: ReadonlyMap<string, readonly string[]>,
): readonly Group[] {
  const alike = new Map<string, { adopted: Adopted; hosts: string[] }>();
  for (const [host, one] of adopted) {
    const key = JSON.stringify([one.tables, one.sets, one.sysctls, one.keep]);
    const group = alike.get(key) ?? { adopted: one, hosts: [] };
    group.hosts.push(host);
    alike.set(key, group);
  }
  const ids = new Set<string>();
  return [...alike.values()].map(({ adopted: one, hosts }) => {
    const id = unusedId(hosts, inventoryGroups, ids);
    ids.add(id);
    return { ...one, id, hosts };
  });
}

function unusedId(
  hosts: readonly string[],
  inventoryGroups: ReadonlyMap<string, readonly string[]>,
  taken: ReadonlySet<string>,
): string {
  const [first = ''] = hosts;
  const named = [...inventoryGroups].find(
    ([name, members]) =>
      name !== 'all' &&
      name !== 'ungrouped' &&
      hosts.length > 1 &&
      members.length === hosts.length &&
      hosts.every((host) => members.includes(host)),
  );
  const wanted = asId(named?.[0] ?? (hosts.length === 1 ? first : `like-${first}`));
  let id = wanted;
  for (let number = 2; taken.has(id); number += 1) id = `${wanted.slice(0, 60)}-${number}`;
  return id;
}

/** What a play may be called: an address as a host's name becomes `2001-db8--1`. */
function asId(name: string): string {
  return (
    name
      .replace(/[^A-Za-z0-9._-]/g, '-')
      .replace(/^[^A-Za-z0-9_]+/, '')
      .slice(0, 64) || 'gateways'
  );
}
