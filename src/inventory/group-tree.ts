type Node = { readonly children: Iterable<string> };

/**
 * A group and all below it, level by level, each once: the order in which Ansible lists a group's hosts. (Where two groups of one
 * level share a level below, Ansible's own order is random; here it is that of appearance.)
 */
export function descendants(groups: ReadonlyMap<string, Node>, name: string): readonly string[] {
  const ordered = new Set([name]);
  // A set visits what is added while it is walked.
  for (const group of ordered) for (const child of groups.get(group)?.children ?? []) ordered.add(child);
  return [...ordered];
}

/** How far each group is below `all`, along its longest path. */
export function depths(groups: ReadonlyMap<string, Node>): ReadonlyMap<string, number> {
  const parentsLeft = new Map<string, number>();
  for (const { children } of groups.values())
    for (const child of children) parentsLeft.set(child, (parentsLeft.get(child) ?? 0) + 1);
  const found = new Map([...groups.keys()].filter((name) => !parentsLeft.has(name)).map((name) => [name, 0]));
  // Kahn's order: a group is final once all its parents are; the map visits what is added while it is walked.
  const ready = [...found.keys()];
  for (let name = ready.pop(); name !== undefined; name = ready.pop()) {
    const depth = (found.get(name) ?? 0) + 1;
    for (const child of groups.get(name)?.children ?? []) {
      found.set(child, Math.max(depth, found.get(child) ?? 0));
      const left = (parentsLeft.get(child) ?? 0) - 1;
      parentsLeft.set(child, left);
      if (left === 0) ready.push(child);
    }
  }
  return found;
}

/** By host, the groups that list it themselves, in the order of the groups. */
export function directGroups(
  groups: ReadonlyMap<string, { readonly name: string; readonly hosts: Iterable<string> }>,
): Map<string, string[]> {
  const direct = new Map<string, string[]>();
  for (const { name, hosts } of groups.values()) {
    for (const host of hosts) {
      const names = direct.get(host);
      if (names === undefined) direct.set(host, [name]);
      else names.push(name);
    }
  }
  return direct;
}
