import type { Host, Resolved } from '../../inventory/model.ts';
import { matchHosts } from '../../inventory/patterns.ts';
import { resolvedVar } from '../../inventory/resolved-vars.ts';
import { planWaves } from '../../plan/waves.ts';
import type { Play, RolloutPolicy } from '../../playbook/model.ts';
import type { Problem } from '../../problem.ts';
import type { LoadedInventory } from '../../project/inventory.ts';
import type { PlannedPlay } from '../../rollout/plan.ts';

/** The hosts of the inventory through which a host is reached. */
export type JumpsOf = (host: string) => readonly string[];

export const noJumps: JumpsOf = () => [];

/** What of a play decides how it rolls out. */
type PlayOutline = Pick<Play, 'id' | 'name' | 'rollout'> & Partial<Pick<Play, 'file' | 'line' | 'enforce'>>;

export type PlayToPlan = {
  readonly play: PlayOutline;
  /** Those that a limit leaves. */
  readonly hosts: readonly Host[];
  /** Those that a limit leaves out, too: a pair may be cut by it. */
  readonly pool: readonly Host[];
  readonly inventory: LoadedInventory;
  readonly isLimited: boolean;
  readonly jumpsOf: JumpsOf;
  /** Of `order: shuffle`. */
  readonly seed: number;
};

/** A play's waves over some hosts; adds to `problems` why there are none. */
export function planPlay(toPlan: PlayToPlan, problems: Problem[]): PlannedPlay[] {
  const { play, hosts, pool, inventory, jumpsOf, seed } = toPlan;
  if (hosts.length === 0) return [];
  const names = hosts.map(({ name }) => name);
  const match = (pattern: string) => matchHosts(inventory, pattern).hosts.map(({ name }) => name);
  const variables = valuesOf(toPlan);
  const planned = planWaves(
    {
      hosts: names,
      match,
      variableOf: (host, variable) => variables.values.get(variable)?.get(host),
      jumpsOf,
      seed,
    },
    canaryWithin(names, toPlan, match),
  );
  const { file, line } = play;
  const place = file === undefined || line === undefined ? {} : { file, line };
  const faults = [...variables.problems, ...(planned.kind === 'refused' ? planned.problems : [])];
  problems.push(...faults.map((problem) => ({ ...problem, ...place })));
  if (planned.kind === 'refused' || faults.length > 0) return [];
  const { apart } = play.rollout;
  const pairs = apart === undefined ? [] : pairsOf(pool, names, variables.values.get(apart) ?? new Map());
  return [
    {
      id: play.id,
      name: play.name,
      hosts: names,
      waves: planned.waves,
      policy: play.rollout,
      ...(pairs.length === 0 ? {} : { pairs }),
      ...(planned.waits.size === 0 ? {} : { waits: Object.fromEntries(planned.waits) }),
      enforce: play.enforce ?? true,
    },
  ];
}

/** The partners of hosts of some plays that are in no play themselves, by play. */
export function partnersOutside(
  plays: readonly PlannedPlay[],
  inventory: LoadedInventory,
): readonly { readonly play: string; readonly host: Host }[] {
  return plays.flatMap(({ id, hosts, pairs = [] }) => {
    const inside = new Set(hosts);
    const outside = pairs.flat().filter((name) => !inside.has(name));
    return outside.flatMap((name) => {
      const host = inventory.hosts.get(name);
      return host === undefined ? [] : [{ play: id, host }];
    });
  });
}

/** A limit may leave out the canary that the play names: then the first of those that are left goes ahead. */
function canaryWithin(
  names: readonly string[],
  { play: { rollout }, isLimited }: PlayToPlan,
  match: (pattern: string) => readonly string[],
): RolloutPolicy {
  if (!isLimited || rollout.canary.kind !== 'pattern') return rollout;
  const chosen = new Set(names);
  const isHere = match(rollout.canary.pattern).some((name) => chosen.has(name));
  return isHere ? rollout : { ...rollout, canary: { kind: 'count', count: 1 } };
}

/** Of each variable that the waves depend on, the value of each host that has one. */
function valuesOf({ play, pool, inventory }: PlayToPlan): {
  readonly values: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly problems: readonly Problem[];
} {
  const { canary, apart, order } = play.rollout;
  const asked = [
    ...(canary.kind === 'one_per' ? [['canary', canary.variable] as const] : []),
    ...(apart === undefined ? [] : [['apart', apart] as const]),
    ...(order.kind === 'by' ? [['order', order.variable] as const] : []),
  ];
  const problems: Problem[] = [];
  const values = new Map<string, ReadonlyMap<string, string>>();
  for (const [key, variable] of asked) {
    const ofHosts = new Map<string, string>();
    for (const host of pool) {
      const value = resolvedVar(inventory, host, variable);
      if (value === undefined) continue;
      const text = plainText(value);
      // An empty one may be meant as none, or be what a default made of a missing one.
      if (text === undefined || text.trim() === '') problems.push(noValue(key, variable, host.name, text));
      else ofHosts.set(host.name, text);
    }
    // A canary of nobody is refused where the waves are cut.
    if (ofHosts.size === 0 && key !== 'canary') problems.push(nobodyHas(key, variable, pool.length));
    values.set(variable, ofHosts);
  }
  return { values, problems };
}

/** Hosts of equal value, where there are two or more and one of them is in the play. */
function pairsOf(
  pool: readonly Host[],
  names: readonly string[],
  values: ReadonlyMap<string, string>,
): readonly (readonly string[])[] {
  const inside = new Set(names);
  const groups = new Map<string, string[]>();
  for (const { name } of pool) {
    const value = values.get(name);
    if (value === undefined) continue;
    const group = groups.get(value);
    if (group === undefined) groups.set(value, [name]);
    else group.push(name);
  }
  return [...groups.values()].filter((group) => group.length > 1 && group.some((name) => inside.has(name)));
}

function plainText(value: Resolved): string | undefined {
  const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return isPlain ? String(value) : undefined;
}

function noValue(key: string, variable: string, host: string, text: string | undefined): Problem {
  const what = text === undefined ? 'no plain text, number or true/false' : 'empty';
  return {
    code: 'variable-not-plain',
    host,
    message: `rollout.${key} looks at ${variable}, and the host's value of it is ${what}`,
    remedy: `Set ${variable} of this host in the inventory, or leave it out; "sluice inventory --host ${host}" shows its variables.`,
  };
}

function nobodyHas(key: string, variable: string, total: number): Problem {
  return {
    code: 'variable-of-nobody',
    message: `rollout.${key}: none of the ${total} host${total === 1 ? '' : 's'} of this play has the variable ${variable}`,
    remedy: 'Set it in the inventory, or mend its name.',
  };
}
