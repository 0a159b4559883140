import { createHash, randomInt } from 'node:crypto';
import path from 'node:path';
import type { Host } from '../../inventory/model.ts';
import { emptyParts, type LimitPart, matchHosts } from '../../inventory/patterns.ts';
import { formatWanted } from '../../journal/wanted.ts';
import type { Play } from '../../playbook/model.ts';
import { findOwnershipConflicts, type Owned } from '../../playbook/ownership.ts';
import { cutByTags, selectTags, type TagChoice } from '../../playbook/tags.ts';
import { type Problem, ProblemsError } from '../../problem.ts';
import { loadExtraVars } from '../../project/extra-vars.ts';
import { type LoadedInventory, loadInventory } from '../../project/inventory.ts';
import { inventorySources } from '../../project/inventory-sources.ts';
import { type LoadedPlaybook, loadPlaybook } from '../../project/playbook.ts';
import type { LoadedSettings } from '../../project/settings.ts';
import type { PlannedPlay } from '../../rollout/plan.ts';
import type { DesiredRuleset, DesiredSet, DesiredSysctl } from '../../ruleset/model.ts';
import { rememberLike } from '../../ruleset/remember.ts';
import type { HostInput } from '../../runtime/host-context.ts';
import type { Vault } from '../../vault/vault.ts';
import { openHeaders } from './check-secrets.ts';
import { gather } from './gather.ts';
import { keepRenders } from './kept-renders.ts';
import { loadLimit, missingOf } from './limit.ts';
import { type LeftOut, leftOutWarnings, loadOverlays } from './overlays.ts';
import { type JumpsOf, noJumps, partnersOutside, planPlay } from './plan-plays.ts';
import { hostsOf } from './play-hosts.ts';
import { renderWhole } from './render-whole.ts';

/** What names the files and the hosts of a run: flags as a value. */
export type ProjectRequest = {
  readonly playbook: string;
  readonly inventory: readonly string[];
  readonly limit?: string | undefined;
  readonly extraVars: readonly string[];
  readonly tags: TagChoice;
  /** Opens what is encrypted. */
  readonly vault: Vault;
  /** Of the hosts that the limit leaves, only these. */
  readonly onlyHosts?: readonly string[];
  /** Tags may leave out parts of a play: for looking only. */
  readonly allowsParts?: boolean;
  readonly cwd: string;
  /** Of ansible.cfg and the environment. */
  readonly settings: LoadedSettings;
};

/** Everything that can be known without a connection, and proved to be free of problems. */
export type PreparedProject = {
  readonly sources: readonly string[];
  readonly inventory: LoadedInventory;
  readonly loaded: LoadedPlaybook;
  /** Hosts of any play, in the order of the inventory. */
  readonly hosts: readonly Host[];
  readonly plays: readonly PlannedPlay[];
  /** The plays, planned anew by what is known of jump hosts. */
  planPlays(jumpsOf: JumpsOf): readonly PlannedPlay[];
  /** Hosts that a limit leaves out, and that must be well before their partners are changed. */
  readonly partners: readonly Host[];
  /** Hosts that checks look from. */
  readonly vantages: readonly Host[];
  readonly warnings: readonly Problem[];
  /** Backends that the rules leave out. */
  readonly leftOut: readonly LeftOut[];
  /** Names of the variables of `-e`. */
  readonly extraVarNames: readonly string[];
  /** SHA-256 of what is wanted of a host of a play, by `digestKey`. */
  readonly digests: ReadonlyMap<string, string>;
  /** Renders anew: a thousand rule sets need not stay in memory. */
  render(playId: string, host: string): RenderedHost;
};

export type RenderedHost = {
  readonly play: Play;
  readonly rulesets: readonly DesiredRuleset[];
  readonly sets: readonly DesiredSet[];
  readonly sysctls: readonly DesiredSysctl[];
  readonly checks: HostInput['checks'];
  /** Addresses of backends that drain. */
  readonly spares: readonly string[];
};

/** Whom something was rendered for. */
type Looked = { readonly host: Host; readonly inventory: LoadedInventory };

/** What a host is to become, from what was rendered for it. */
export function inputFrom({
  play,
  rulesets,
  sets,
  sysctls,
  checks,
  spares,
}: RenderedHost): Omit<HostInput, 'addresses'> {
  const { persist, conntrack, scope } = play;
  const { confirmWithinSeconds } = play.rollout;
  return {
    desired: {
      rulesets,
      sets,
      sysctls,
      persist,
      conntrack,
      scope,
      ...(spares.length === 0 ? {} : { spares }),
    },
    checks,
    confirmWithinSeconds,
  };
}

/** The hosts of the inventory that checks look from. */
export function vantagesOf(checks: HostInput['checks']): readonly string[] {
  return checks.flatMap(({ from }) => (typeof from === 'object' ? from.host : []));
}

/** Names a host of a play among the digests. */
export function digestKey(play: string, host: string): string {
  return JSON.stringify([play, host]);
}

/** Of everything that decides what a change does to a host, and what must hold after it. */
export function digestOfInput(input: Omit<HostInput, 'addresses'>): string {
  return sha256(JSON.stringify([...formatWanted(input)].map(([name, text]) => [name, digestOfText(text)])));
}

/** Gateways of one kind have the same texts. */
const digestOfText = rememberLike((one: string, other: string) => one === other, sha256);

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Loads inventory and playbook, resolves hosts and waves, and renders every host once, so that nothing that could have
 * been known before stops a run half-way.
 *
 * @param look is shown what was rendered for each host, once
 * @throws ProblemsError with every problem of every file and host
 */
export async function prepareProject(
  request: ProjectRequest,
  look: (rendered: Pick<RenderedHost, 'play' | 'rulesets' | 'sysctls'> & Looked) => void = () => undefined,
): Promise<PreparedProject> {
  const { sources, inventory, extraVars, limit, loaded } = await loadAll(request);
  const plays = selectTags(loaded.plays, request.tags);
  const only = request.onlyHosts === undefined ? undefined : new Set(request.onlyHosts);
  const chosen = plays.map((play) => {
    const found = hostsOf(play, inventory, limit);
    return { play, ...found, hosts: found.hosts.filter(({ name }) => only?.has(name) ?? true) };
  });
  const overlays = await loadOverlays(plays, inventory, sources, request.cwd);

  const cut = request.allowsParts ? [] : cutByTags(loaded.plays, plays);
  const problems: Problem[] = [...cut, ...chosen.flatMap((one) => one.problems), ...overlays.problems];
  if (plays.length === 0) problems.push(nothingTagged(request, loaded));
  else if (problems.length === 0 && chosen.every(({ hosts }) => hosts.length === 0)) {
    problems.push(nothingLimited(request, limit));
  }
  const render = (play: Play, host: Host) =>
    renderWhole(play, host, loaded, inventory, extraVars, overlays.of(play, host.name));
  const kept = keepRenders<ReturnType<typeof render>>();
  const owned: Owned[] = [];
  const digests = new Map<string, string>();
  const vantages = new Set<string>();
  for (const { play, hosts } of chosen) {
    for (const host of hosts) {
      const rendered = render(play, host);
      kept.put(digestKey(play.id, host.name), rendered);
      for (const problem of rendered.problems) problems.push(problem);
      look({ play, host, inventory, rulesets: rendered.rulesets, sysctls: rendered.sysctls });
      for (const name of vantagesOf(rendered.checks)) vantages.add(name);
      problems.push(...(await openHeaders(rendered.checks, request.vault)));
      digests.set(digestKey(play.id, host.name), digestOfInput(inputFrom({ play, ...rendered })));
      owned.push({
        play,
        host: host.name,
        rulesets: rendered.rulesets.map(({ family, tables }) => ({ family, tables })),
        sets: rendered.sets.map(({ name }) => ({ name })),
        sysctls: rendered.sysctls.map(({ key }) => ({ key })),
      });
    }
  }
  problems.push(...findOwnershipConflicts(owned));
  const isLimited = limit !== undefined || only !== undefined;
  const seed = randomInt(2 ** 31);
  const planAll = (jumpsOf: JumpsOf, faults: Problem[]) =>
    chosen.flatMap(({ play, hosts, pool }) =>
      planPlay({ play, hosts, pool, inventory, isLimited, jumpsOf, seed }, faults),
    );
  const planned = planAll(noJumps, problems);
  const outside = partnersOutside(planned, inventory);
  for (const { play, host } of outside) {
    const found = plays.find(({ id }) => id === play);
    if (found === undefined) continue;
    const rendered = render(found, host);
    problems.push(...rendered.problems);
    for (const name of vantagesOf(rendered.checks)) vantages.add(name);
    problems.push(...(await openHeaders(rendered.checks, request.vault)));
  }
  // A warning may name the very cause: a misspelt key of the inventory leaves a group without hosts.
  if (problems.length > 0) throw new ProblemsError([...problems, ...inventory.warnings]);

  const named = new Set(chosen.flatMap(({ hosts }) => hosts.map(({ name }) => name)));
  const playOf = new Map(plays.map((play) => [play.id, play]));
  const gateways = new Map(chosen.map(({ play, hosts }) => [play.id, hosts.map(({ name }) => name)]));
  const leftOut = overlays.told(gateways);
  return {
    sources,
    inventory,
    loaded,
    hosts: matchHosts(inventory, 'all').hosts.filter(({ name }) => named.has(name)),
    plays: planned,
    planPlays: (jumpsOf) => {
      const faults: Problem[] = [];
      const plays = planAll(jumpsOf, faults);
      if (faults.length > 0) throw new ProblemsError(faults);
      return plays;
    },
    partners: [...new Set(outside.map(({ host }) => host))],
    vantages: [...vantages].flatMap((name) => inventory.hosts.get(name) ?? []),
    warnings: [
      ...request.settings.warnings,
      ...inventory.warnings,
      ...leftOutWarnings(leftOut, overlays, gateways, Date.now()),
    ],
    leftOut,
    extraVarNames: Object.keys(extraVars),
    digests,
    render: (playId, hostName) => {
      const [play, host] = [playOf.get(playId), inventory.hosts.get(hostName)];
      if (play === undefined || host === undefined)
        throw new Error(`not in this run: ${playId}, ${hostName}`);
      return { play, ...(kept.take(digestKey(playId, hostName)) ?? render(play, host)) };
    },
  };
}

/** Reads all files of a request, so that the problems of each are shown together. */
export async function loadAll({ cwd, settings: { settings }, ...request }: ProjectRequest) {
  const reading = {
    extraVars: loadExtraVars(request.extraVars, request.vault),
    sources: inventorySources({ named: request.inventory, settings, cwd }),
  };
  const playbookFolder = path.dirname(request.playbook);
  const readInventory = async () => {
    const sources = await reading.sources;
    const extraVars = await reading.extraVars.catch(() => ({}));
    return loadInventory({ sources, playbookFolder, extraVars, vault: request.vault, cwd, settings });
  };
  const [extraVars, sources, inventory, limit, loaded] = await gather([
    reading.extraVars,
    reading.sources,
    readInventory(),
    request.limit === undefined ? Promise.resolve(undefined) : loadLimit(request.limit, cwd),
    loadPlaybook(request.playbook),
  ]);
  const warnings = [...inventory.warnings, ...missingOf(limit, inventory)];
  return { extraVars, sources, inventory: { ...inventory, warnings }, limit, loaded };
}

function nothingTagged(
  { playbook, tags: { only, skip } }: ProjectRequest,
  { plays }: LoadedPlaybook,
): Problem {
  const flags = [
    ...(only ? [`--tags ${only.join(',')}`] : []),
    ...(skip ? [`--skip-tags ${skip.join(',')}`] : []),
  ];
  const fragments = plays.flatMap(({ rules, ipsets }) => [...rules, ...ipsets]);
  const tags = [...new Set(fragments.flatMap((fragment) => fragment.tags))].sort();
  const remedy =
    tags.length === 0 ? 'Its rules have no tags at all.' : `Its rules have the tags ${tags.join(', ')}.`;
  return {
    code: 'nothing-tagged',
    file: playbook,
    message: `${flags.join(' ')} leaves no rules of the playbook`,
    remedy,
  };
}

function nothingLimited({ limit }: ProjectRequest, parts: readonly LimitPart[] | undefined): Problem {
  return {
    code: 'limit-matches-no-host',
    message: `--limit ${limit} leaves no host of the playbook's plays`,
    remedy: `${emptyParts(parts ?? [])}sluice inventory --graph shows the hosts and groups.`,
  };
}
