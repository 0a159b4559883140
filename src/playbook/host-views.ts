import type { Host, Inventory, Resolved } from '../inventory/model.ts';
import { matchHosts, noHostsProblem } from '../inventory/patterns.ts';
import { resolvedVar, resolvedVars } from '../inventory/resolved-vars.ts';
import { isAddress } from '../ruleset/address.ts';
import type { Family } from '../ruleset/model.ts';
import { Sensitive } from '../sensitive.ts';
import { Unusable } from '../unusable.ts';
import { FaultError } from './fault.ts';
import type { Call } from './helpers.ts';
import { hideSecrets, visible } from './secrets.ts';
import { type Seen, shown } from './seen.ts';

/** Inventories are never changed once read, so what was found in one stays right as long as it lives. */
const found = new WeakMap<Inventory, Map<string, readonly HostView[]>>();

/** What is laid over the hosts that templates name: backends that are left out for now, and weights for the others. */
export type Overlay = {
  readonly leftOut: ReadonlySet<string>;
  readonly weights: ReadonlyMap<string, number>;
};

const NO_OVERLAY: Overlay = { leftOut: new Set(), weights: new Map() };

/** How templates find hosts: those of a pattern without what is left out, or `all` of them, as the inventory has them. */
export function hostsIn(
  inventory: Inventory,
  family: Family,
  { leftOut, weights }: Overlay = NO_OVERLAY,
): Call['hosts'] {
  return (pattern, which) => {
    const views = hostViews(inventory, pattern, family);
    if (which === 'all' || (leftOut.size === 0 && weights.size === 0)) return views;
    return views
      .filter(({ name }) => !leftOut.has(name))
      .map((view) => weighed(view, weights.get(view.name)));
  };
}

/** The weight takes the place of the host's own, wherever a template looks for it. */
function weighed(view: HostView, weight: number | undefined): HostView {
  if (weight === undefined) return view;
  return {
    name: view.name,
    address: view.address,
    weight,
    get vars() {
      return { ...(view.vars as { readonly [name: string]: Seen }), weight };
    },
  };
}

/** A host as templates see it. */
type HostView = {
  readonly [key: string]: Seen;
  readonly name: string;
  readonly address: Seen;
  readonly vars: Seen;
};

/**
 * The hosts of a pattern as templates see them: `.name`, `.address` of the family, `.vars`.
 *
 * @throws FaultError for a pattern, or a part of one, that matches no host: a backend would be missing, or not be spared, silently
 */
function hostViews(inventory: Inventory, pattern: string, family: Family): readonly HostView[] {
  const known = found.get(inventory) ?? new Map<string, readonly HostView[]>();
  found.set(inventory, known);
  const key = `${family} ${pattern}`;
  const views = known.get(key) ?? findViews(inventory, pattern, family);
  known.set(key, views);
  return views;
}

function findViews(inventory: Inventory, pattern: string, family: Family): readonly HostView[] {
  const match = matchHosts(inventory, pattern);
  const problem = noHostsProblem(inventory, pattern, match);
  if (problem !== undefined) throw new FaultError(problem.code, problem.message, problem.remedy);
  const [unmatched] = match.unmatched;
  if (unmatched !== undefined) {
    throw new FaultError(
      'no-hosts',
      `"${unmatched}" in the pattern "${pattern}" names no host and no group`,
      '"sluice inventory --graph" shows the groups and hosts there are.',
    );
  }
  return match.hosts.map((host) => viewOf(inventory, host, family));
}

/** The variables are made when they are first read: most templates want the address alone, of every host of a fleet. */
function viewOf(inventory: Inventory, host: Host, family: Family): HostView {
  let vars: Seen | undefined;
  return {
    name: host.name,
    address: addressOf(inventory, host, family),
    get vars() {
      vars ??= hideSecrets(resolvedVars(inventory, host));
      return vars;
    },
  };
}

/**
 * The address of a host in a family: `sluice_address4` / `sluice_address6`, else `ansible_host`, else its name, the
 * first that is an address of the family.
 */
function addressOf(inventory: Inventory, host: Host, family: Family): Seen {
  const own = family === 'ipv4' ? 'sluice_address4' : 'sluice_address6';
  const given = [own, 'ansible_host'].map((name) => resolvedVar(inventory, host, name));
  const candidates: readonly (Resolved | undefined)[] = [...given, host.name];
  const address = candidates.find(
    (candidate) =>
      candidate instanceof Sensitive ||
      candidate instanceof Unusable ||
      (typeof candidate === 'string' && isAddress(candidate, family)),
  );
  if (address instanceof Sensitive) {
    return new Unusable(
      'secret-in-rule',
      `the address of host ${host.name} comes out of a vault or from a password, and secrets are never rendered`,
      `Keep it out of the vault, or give ${host.name} the variable ${own}.`,
      false,
    );
  }
  // One that can't be resolved might be the address: none of a lower rank may stand in for it.
  if (typeof address === 'string' || address instanceof Unusable) return address;
  const said = candidates.find((candidate) => candidate !== undefined && candidate !== null) ?? host.name;
  const word = family === 'ipv4' ? 'IPv4' : 'IPv6';
  const remedy = `Rules hold addresses, never names: give ${host.name} the variable ${own}.`;
  return new Unusable(
    'hostname-in-rule',
    `host ${host.name} has no ${word} address: it is known as ${shown(visible(said, 'ansible_host'))}`,
    remedy,
  );
}
