import type { Lab } from './lab.ts';

/** The rules of every gateway, each family by itself: `gw1 IPv4` → what its save program printed. */
export type Saves = ReadonlyMap<string, string>;

const PROGRAMS = { IPv4: 'iptables-save', IPv6: 'ip6tables-save' } as const;

/** Saves the rules of all gateways, both families. Throws when a gateway can't, or has no rules: that proves nothing. */
export async function saveAll(lab: Lab): Promise<Saves> {
  const saves = lab.gateways.flatMap(({ name }) =>
    Object.entries(PROGRAMS).map(async ([family, program]) => {
      const { code, stdout, stderr } = await lab.exec(name, [program]);
      if (code !== 0 || stdout === '') throw new Error(`${program} on ${name} ended with ${code}: ${stderr}`);
      return [`${name} ${family}`, stdout] as const;
    }),
  );
  return new Map(await Promise.all(saves));
}

/** Names the saves that differ, or that only one side has; counters and dates are no difference. */
export function differingSaves(before: Saves, after: Saves): readonly string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.filter((name) => rulesOf(before.get(name)) !== rulesOf(after.get(name)));
}

/** The date stands in the comments, the counters behind the chains. */
function rulesOf(save: string | undefined): string | undefined {
  return save?.replace(/^#.*\n/gm, '').replace(/ \[\d+:\d+\]$/gm, '');
}
