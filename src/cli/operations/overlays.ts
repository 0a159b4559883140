import { hostsIn, type Overlay } from '../../playbook/host-views.ts';
import type { Play } from '../../playbook/model.ts';
import { type Pool, poolsOf } from '../../playbook/pools.ts';
import type { Problem } from '../../problem.ts';
import type { LoadedInventory } from '../../project/inventory.ts';
import { parseNetwork } from '../../ruleset/canonical/addresses.ts';
import { type Findings, type Found, isOld } from '../../watch/findings.ts';
import { leftOut, type Reason } from '../../watch/left-out.ts';
import { readFindings } from './watch/findings-file.ts';

/** What is laid over the hosts that a play's templates name on one gateway. */
export type GatewayOverlay = Overlay & {
  /** Backends that are left out, and why. */
  readonly reasons: ReadonlyMap<string, Reason>;
  /** Addresses whose connections live on. */
  readonly spares: readonly string[];
};

/** Of the plays of a run. */
export type Overlays = {
  readonly of: (play: Play, gateway: string) => GatewayOverlay;
  readonly problems: readonly Problem[];
  /** What every run says of backends that are left out: of these gateways. */
  readonly told: (gateways: ReadonlyMap<string, readonly string[]>) => readonly LeftOut[];
  readonly findings: ReadonlyMap<string, Findings>;
};

/** A backend that some gateways of a play leave out. */
export type LeftOut = {
  readonly play: string;
  readonly backend: string;
  readonly hosts: readonly string[];
  readonly why: string;
};

type Watched = {
  readonly pools: readonly Pool[];
  readonly findings: Findings | undefined;
  /** By what was found: a thousand gateways mostly see the same. */
  readonly overlays: Map<Found | undefined, GatewayOverlay>;
};

/** Reads what is known of the backends of some plays: who drains, and what `sluice watch` has found. */
export async function loadOverlays(
  plays: readonly Play[],
  inventory: LoadedInventory,
  sources: readonly string[],
  cwd: string,
): Promise<Overlays> {
  const problems: Problem[] = [];
  const watched = new Map<string, Watched>();
  const findings = new Map<string, Findings>();
  for (const play of plays) {
    if (play.backends.length === 0) continue;
    const found = poolsOf(play, inventory);
    problems.push(...found.problems);
    const seen = await readFindings({ cwd, play: play.id, sources });
    if (seen !== undefined) findings.set(play.id, seen);
    watched.set(play.id, { pools: found.pools, findings: seen, overlays: new Map() });
  }
  const of = (play: Play, gateway: string): GatewayOverlay => {
    const known = watched.get(play.id);
    if (known === undefined) return NOTHING;
    const found = known.findings?.gateways.get(gateway);
    const overlay = known.overlays.get(found) ?? overlayOf(play, inventory, known.pools, found);
    known.overlays.set(found, overlay);
    return overlay;
  };
  return {
    of,
    problems,
    findings,
    told: (gateways) =>
      plays.flatMap((play) => toldOf(play, gateways.get(play.id) ?? [], watched.get(play.id), of)),
  };
}

const NOTHING: GatewayOverlay = { leftOut: new Set(), weights: new Map(), reasons: new Map(), spares: [] };

/** What a gateway's findings come to. */
export function overlayOf(
  play: Play,
  inventory: LoadedInventory,
  pools: readonly Pool[],
  found: Found | undefined,
): GatewayOverlay {
  const reasons = new Map(
    pools.flatMap(({ pool, members }) => [
      ...leftOut(
        members.map(({ host: { name }, isDraining }) => ({
          name,
          isDraining,
          ...downSince(found, pool, name),
        })),
        pool.atLeast,
      ),
    ]),
  );
  const weighed = pools.filter(({ pool }) => pool.weigh !== undefined);
  const names = new Set(weighed.flatMap(({ members }) => members.map(({ host }) => host.name)));
  return {
    leftOut: new Set(reasons.keys()),
    weights: new Map(Object.entries(found?.weights ?? {}).filter(([name]) => names.has(name))),
    reasons,
    spares: sparesOf(play, inventory, pools),
  };
}

/** A pool that nobody looks at any more has no backend that is down. */
function downSince(found: Found | undefined, { check }: Pool['pool'], name: string) {
  const health = check === undefined ? undefined : found?.backends[name];
  return health?.status === 'down' ? { downSince: health.since } : {};
}

/** Backends that drain, and those that weigh nothing, keep the connections that they have. */
function sparesOf(play: Play, inventory: LoadedInventory, pools: readonly Pool[]): readonly string[] {
  const draining = new Set(
    pools.flatMap(({ members }) => members.flatMap(({ host, isDraining }) => (isDraining ? host.name : []))),
  );
  const weightless = (vars: unknown) => String((vars as { readonly weight?: unknown }).weight) === '0';
  const spares = play.families.flatMap((family) =>
    pools.flatMap(({ pool }) =>
      hostsIn(
        inventory,
        family,
      )(pool.hosts).flatMap((view) => {
        const { name, address, vars } = view as { name: string; address: unknown; vars: unknown };
        if (typeof address !== 'string' || !(draining.has(name) || weightless(vars))) return [];
        return parseNetwork(address, family)?.address ?? [];
      }),
    ),
  );
  return [...new Set(spares)];
}

function toldOf(
  play: Play,
  gateways: readonly string[],
  watched: Watched | undefined,
  of: Overlays['of'],
): readonly LeftOut[] {
  if (watched === undefined) return [];
  const told = new Map<string, { play: string; backend: string; hosts: string[]; why: string }>();
  for (const gateway of gateways) {
    for (const [backend, reason] of of(play, gateway).reasons) {
      const health = watched.findings?.gateways.get(gateway)?.backends[backend];
      const why =
        reason === 'draining' || health === undefined
          ? 'it is draining'
          : `down since ${clock(health.since)}, as sluice watch found: ${health.seen}`;
      // Gateways that saw it fall at different moments are told together.
      const key = JSON.stringify([backend, reason]);
      const one = told.get(key) ?? { play: play.id, backend, hosts: [], why };
      one.hosts.push(gateway);
      told.set(key, one);
    }
  }
  return [...told.values()];
}

/** What a run says of backends that its rules leave out, and where nobody knows any more whether that is still right. */
export function leftOutWarnings(
  all: readonly LeftOut[],
  overlays: Overlays,
  gateways: ReadonlyMap<string, readonly string[]>,
  at: number,
): readonly Problem[] {
  const problems = all.map(({ play, backend, hosts, why }): Problem => {
    const isEverywhere = hosts.length === gateways.get(play)?.length;
    const where = isEverywhere ? `of play "${play}"` : `of ${hosts.join(', ')}`;
    return {
      code: 'backend-left-out',
      message: `${backend} is left out of the rules ${where}: ${why}`,
      remedy: why.startsWith('down')
        ? 'It comes back once sluice watch finds it well; sluice watch --forget PLAYBOOK forgets what was found.'
        : 'It comes back with the next apply once its variable draining is taken away.',
    };
  });
  const old = [...overlays.findings].filter(
    ([play, findings]) =>
      isOld(findings, at) && all.some((one) => one.play === play && one.why.startsWith('down')),
  );
  return [
    ...problems,
    ...old.map(
      ([play, { lookedAt }]): Problem => ({
        code: 'watch-findings-old',
        message: `what is known of the backends of play "${play}" is of ${clock(lookedAt)}: sluice watch isn't running here`,
        remedy: 'sluice watch --once PLAYBOOK looks again; sluice watch --forget PLAYBOOK forgets it.',
      }),
    ),
  ];
}

/** `2026-11-26 05:12 UTC`. */
function clock(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
