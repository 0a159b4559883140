import { tenantOf } from '../ruleset/tenants.ts';
import { splitTokens } from '../ruleset/tokens.ts';
import type { Chain, Table } from './model.ts';

/** A chain that another tool keeps. */
export type ForeignChain = { readonly tool: string; readonly chain: string };

/**
 * Takes the chains of other tools out of a table, and the jumps to them. A chain that only such chains jump to is theirs, too, whatever its name.
 */
export function withoutForeign(table: Table): {
  readonly table: Table;
  readonly foreign: readonly ForeignChain[];
  /** The globs that name these chains. */
  readonly globs: readonly string[];
} {
  const owners = foreignOwners(table);
  const own = table.chains.filter(({ name }) => !owners.has(name));
  const chains = own.map((chain): Chain => {
    const isOurs = (rule: string) => !owners.has(jumpOf(rule) ?? '');
    return { ...chain, rules: chain.rules.filter(isOurs) };
  });
  return {
    table: { ...table, chains },
    foreign: [...owners].map(([chain, { tool }]) => ({ tool, chain })),
    globs: [...new Set([...owners.values()].map(({ glob }) => glob))],
  };
}

function foreignOwners({ chains }: Table): ReadonlyMap<string, { tool: string; glob: string }> {
  const owners = new Map<string, { tool: string; glob: string }>();
  for (const { name, policy } of chains) {
    const tenant = policy === '-' ? tenantOf(name) : undefined;
    if (tenant !== undefined) owners.set(name, tenant);
  }
  const callers = callersOf(chains);
  for (let before = -1; before !== owners.size; ) {
    before = owners.size;
    for (const { name, policy } of chains) {
      const from = [...(callers.get(name) ?? [])];
      const [tool] = from.map((caller) => owners.get(caller)?.tool);
      if (owners.has(name) || policy !== '-' || tool === undefined) continue;
      if (from.every((caller) => owners.has(caller))) owners.set(name, { tool, glob: name });
    }
  }
  return owners;
}

/** The chains that jump to each chain. */
function callersOf(chains: readonly Chain[]): ReadonlyMap<string, ReadonlySet<string>> {
  const callers = new Map<string, Set<string>>();
  for (const { name, rules } of chains) {
    for (const rule of rules) {
      const jump = jumpOf(rule);
      if (jump === undefined || jump === name) continue;
      callers.set(jump, (callers.get(jump) ?? new Set()).add(name));
    }
  }
  return callers;
}

/** iptables-save prints a jump as `-j NAME` or `-g NAME`, outside of quotes. */
function jumpOf(rule: string): string | undefined {
  const { tokens } = splitTokens(rule);
  const at = tokens.findIndex(({ text, isQuoted }) => !isQuoted && (text === '-j' || text === '-g'));
  return at < 0 ? undefined : tokens[at + 1]?.text;
}
