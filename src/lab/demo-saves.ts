import { createHash } from 'node:crypto';
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

/** Formats a line for each gateway: digests of what was compared, before and after, in both families. */
export function formatComparison({ gateways }: Pick<Lab, 'gateways'>, before: Saves, after: Saves): string {
  const compared = (name: string) => {
    const [one, other] = [digestOf(before.get(name)), digestOf(after.get(name))];
    return `${one} ${one === other ? '=' : '≠'} ${other}`.padEnd(24);
  };
  const lines = gateways.map(({ name }) => {
    const cells = Object.keys(PROGRAMS).map((family) => compared(`${name} ${family}`));
    return `${name.padEnd(6)}${cells.join('')}`;
  });
  const headings = Object.values(PROGRAMS).map((program) => program.padEnd(24));
  return [`      ${headings.join('')}`, ...lines].map((line) => `  ${line.trimEnd()}\n`).join('');
}

function digestOf(save: string | undefined): string {
  const rules = rulesOf(save);
  return rules === undefined ? '(none)' : createHash('sha256').update(rules).digest('hex').slice(0, 8);
}

/** The date stands in the comments, the counters behind the chains. */
function rulesOf(save: string | undefined): string | undefined {
  return save?.replace(/^#.*\n/gm, '').replace(/ \[\d+:\d+\]$/gm, '');
}
