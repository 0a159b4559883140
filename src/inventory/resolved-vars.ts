import { groupMembers } from './group-members.ts';
import { explainFault } from './jinja/explain.ts';
import { JinjaFault } from './jinja/fault.ts';
import { isJinja } from './jinja/is-jinja.ts';
import { Lookup, Missing } from './jinja/result.ts';
import { Scope } from './jinja/scope.ts';
import { mergeVars } from './merge-vars.ts';
import type { Host, Inventory, Resolved, ResolvedHost, ResolvedVars, Value, Vars } from './model.ts';
import { shortHostname } from './short-hostname.ts';

/** What a play lays over the variables of its hosts. */
export type Overlay = {
  /** Of the play and its fragments: no templates, but templates of the inventory see them. */
  readonly play: Vars;
  /** Of `-e`. */
  readonly extraVars: Vars;
};

/**
 * The variables of a host, with the templates in them resolved: each when it is first read, in the host's final variables, as Ansible does.
 * One that can't be resolved reads as `Unusable`, with the reason; nothing is wrong as long as nobody reads it.
 */
export function resolveHost(inventory: Inventory, host: Host): ResolvedHost {
  return { name: host.name, groups: host.groups, vars: resolvedVars(inventory, host) };
}

/** The variables alone; with an overlay, those that a play's templates see. The result is the caller's own to add to. */
export function resolvedVars(
  inventory: Inventory,
  host: Host,
  overlay?: Overlay,
): Record<string, Resolved> & ResolvedVars {
  const scope = overlay === undefined ? fleetOf(inventory).scope(host) : overlaid(inventory, host, overlay);
  const written = overlay === undefined ? host.vars : layered(host, overlay);
  const vars: Record<string, Resolved> = Object.create(null);
  for (const [name, value] of Object.entries(written)) {
    if (!isJinja(value) || (overlay !== undefined && isOfPlay(name, overlay))) vars[name] = value;
    else defineLazily(vars, name, () => resolveOr(scope, name, host, inventory));
  }
  return vars;
}

/** One variable of a host, resolved as `resolveHost` does; undefined where the host has none of that name. */
export function resolvedVar(inventory: Inventory, host: Host, name: string): Resolved | undefined {
  const raw = host.vars[name];
  if (raw === undefined || !isJinja(raw)) return raw;
  return resolveOr(fleetOf(inventory).scope(host), name, host, inventory);
}

function resolveOr(scope: Scope, name: string, host: Host, inventory: Inventory): Resolved {
  try {
    return scope.resolve(name);
  } catch (error) {
    if (!(error instanceof JinjaFault)) throw error;
    return explainFault(error, host.name, inventory);
  }
}

function defineLazily(vars: Record<string, Resolved>, name: string, resolve: () => Resolved): void {
  let found: { readonly value: Resolved } | undefined;
  const get = () => {
    found ??= { value: resolve() };
    return found.value;
  };
  Object.defineProperty(vars, name, { get, enumerable: true, configurable: true });
}

function layered(host: Host, { play, extraVars }: Overlay): Vars {
  return mergeVars([host.vars, play, extraVars]);
}

function isOfPlay(name: string, { play, extraVars }: Overlay): boolean {
  return Object.hasOwn(play, name) && !Object.hasOwn(extraVars, name);
}

function overlaid(inventory: Inventory, host: Host, overlay: Overlay): Scope {
  return fleetOf(inventory).scopeOver(host, layered(host, overlay), (name) => !isOfPlay(name, overlay));
}

/** The scopes of all hosts of an inventory, made as they are asked for. */
class Fleet {
  readonly #inventory: Inventory;
  readonly #scopes = new Map<string, Scope>();
  readonly #open: { readonly host: string; readonly name: string; readonly text: string }[] = [];
  readonly #hostvars: Lookup;

  constructor(inventory: Inventory) {
    this.#inventory = inventory;
    const { hosts } = inventory;
    this.#hostvars = new Lookup(
      'hostvars',
      (name) => hosts.has(name),
      (name) => this.#varsOf(name),
    );
  }

  scope(host: Host): Scope {
    const known = this.#scopes.get(host.name) ?? this.scopeOver(host, host.vars, () => true);
    this.#scopes.set(host.name, known);
    return known;
  }

  scopeOver(host: Host, vars: Vars, isTemplated: (name: string) => boolean): Scope {
    const magic = magicOf(this.#inventory, host);
    const source = {
      host: host.name,
      raw: (name: string): Value | undefined => {
        const own = Object.hasOwn(magic, name) ? magic[name]?.() : undefined;
        return own ?? (Object.hasOwn(vars, name) ? vars[name] : undefined);
      },
      isTemplated: (name: string) => isTemplated(name) && !Object.hasOwn(magic, name),
      hostvars: this.#hostvars,
      names: () => [...Object.keys(vars), ...Object.keys(magic)],
    };
    return new Scope(source, this.#open);
  }

  #varsOf(name: string) {
    const host = this.#inventory.hosts.get(name);
    if (host === undefined) return new Missing(noHost(name));
    const scope = this.scope(host);
    return new Lookup(
      `hostvars['${name}']`,
      (key) => scope.has(key),
      (key) => (scope.has(key) ? scope.lookUp(key) : new Missing(scope.notDefined(key, ` at ${name}`))),
    );
  }
}

const fleets = new WeakMap<Inventory, Fleet>();

function fleetOf(inventory: Inventory): Fleet {
  const known = fleets.get(inventory) ?? new Fleet(inventory);
  fleets.set(inventory, known);
  return known;
}

/** What Ansible itself sets; nothing of the inventory overrides it. */
function magicOf(inventory: Inventory, host: Host): { readonly [name: string]: () => Value | undefined } {
  const file = inventory.origin?.fileOf(host.name);
  return {
    inventory_hostname: () => host.name,
    inventory_hostname_short: () => shortHostname(host.name),
    group_names: () => (host.groups.length === 0 ? ['ungrouped'] : host.groups),
    groups: () => groupMembers(inventory),
    inventory_file: () => file,
    inventory_dir: () => file?.replace(/\/[^/]*$/, ''),
    playbook_dir: () => inventory.origin?.playbookFolder,
  };
}

function noHost(name: string): JinjaFault {
  return new JinjaFault(
    'undefined',
    `there is no host "${name}" for hostvars`,
    'Name a host of the inventory: "sluice inventory --graph" shows them.',
  );
}
