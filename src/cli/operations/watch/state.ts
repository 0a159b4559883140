import type { Pool } from '../../../playbook/pools.ts';
import { due, type Fate, type Retry, retryAfter } from '../../../watch/due.ts';
import type { WatchEventBody } from '../../../watch/events.ts';
import type { Found } from '../../../watch/findings.ts';
import { afterRound, type Flip } from '../../../watch/round.ts';
import { isWorthIt, type Load, weigh } from '../../../watch/weights.ts';
import { type GatewayOverlay, overlayOf } from '../overlays.ts';
import { readFindings, writeFindings } from './findings-file.ts';
import type { Looks } from './looks.ts';
import type { WatchedPlay } from './watched.ts';

/** The file is written anew at least so often, so that whoever reads it sees that somebody looks. */
const HEARTBEAT_MS = 20_000;

/** What a watch knows of one play, gateway by gateway. */
export class PlayState {
  readonly #watched: WatchedPlay;
  readonly #found = new Map<string, Found>();
  readonly #retries = new Map<string, Retry>();
  /** Backends and gateways of which it was told that nobody knows. */
  readonly #unseen = new Set<string>();
  #writtenAt = 0;
  #writing = Promise.resolve();

  constructor(watched: WatchedPlay) {
    this.#watched = watched;
  }

  /** Goes on from what an earlier watch has found. @throws ProblemsError */
  async load(): Promise<void> {
    const findings = await readFindings(this.#watched.place);
    for (const [gateway, found] of findings?.gateways ?? []) this.#found.set(gateway, found);
  }

  /** Whether no backend of a pool is half-way to another status, for any gateway. */
  known(gateway: string): Found['backends'] {
    return this.#of(gateway).backends;
  }

  /** What a gateway's rules are to leave out, and how they are to weigh. */
  overlay(gateway: string): GatewayOverlay {
    const { play, inventory, pools } = this.#watched;
    return overlayOf(play, inventory, pools, this.#found.get(gateway));
  }

  /** Takes in a round of looks at a pool; answers what changed. */
  note({ pool, members }: Pool, looks: Looks): readonly WatchEventBody[] {
    const flips: (Flip & { readonly gateway: string })[] = [];
    const names = members.map(({ host }) => host.name);
    for (const [gateway, ofGateway] of looks) {
      const found = this.#of(gateway);
      const round = afterRound(found.backends, ofGateway, pool);
      const weights = Object.entries(found.weights ?? {});
      // Weights are of those that were there when they were made.
      const left = round.flips.length > 0 ? weights.filter(([name]) => !names.includes(name)) : weights;
      const { weights: _, ...rest } = found;
      this.#found.set(gateway, {
        ...rest,
        backends: round.known,
        ...(left.length === 0 ? {} : { weights: Object.fromEntries(left) }),
      });
      flips.push(...round.flips.map((flip) => ({ ...flip, gateway })));
    }
    return [...this.#flipEvents(flips), ...this.#unseenEvents(names, looks)];
  }

  /** Takes in what a gateway counts; answers what changed. */
  noteLoads({ members }: Pool, gateway: string, loads: readonly Load[]): readonly WatchEventBody[] {
    this.#unseen.delete(gateway);
    const next = weigh(loads);
    const found = this.#of(gateway);
    if (next === undefined) return [];
    const names = new Set(members.map(({ host }) => host.name));
    const all = Object.entries(found.weights ?? {});
    const before = new Map(all.filter(([name]) => names.has(name)));
    const now = before.size > 0 ? before : new Map(loads.map(({ name, weight }) => [name, weight]));
    if (!isWorthIt(now, next)) return [];
    const others = all.filter(([name]) => !names.has(name));
    this.#found.set(gateway, { ...found, weights: Object.fromEntries([...others, ...next]) });
    const connections = Object.fromEntries(loads.map((load) => [load.name, load.connections]));
    const play = this.#watched.play.id;
    return [{ type: 'weights.changed', play, gateway, weights: Object.fromEntries(next), connections }];
  }

  noteUncounted(gateway: string, seen: string): readonly WatchEventBody[] {
    if (this.#unseen.has(gateway)) return [];
    this.#unseen.add(gateway);
    return [{ type: 'weights.unknown', play: this.#watched.play.id, gateway, seen }];
  }

  /** The gateways to be changed now. */
  due(at: number): readonly string[] {
    return due(this.#gateways(), this.#retries, at);
  }

  /** The gateways that don't hold what they should, and when each may be tried again. */
  waiting(): readonly { readonly name: string; readonly notBefore: number }[] {
    return this.#gateways().flatMap(({ name, wanted, held }) => {
      const retry = this.#retries.get(name);
      return wanted === held || retry === undefined ? [] : [{ name, notBefore: retry.notBefore }];
    });
  }

  /** What gateways are to hold at this moment: what a run that begins now gives them. */
  wanted(): ReadonlyMap<string, string> {
    return new Map(this.#gateways().map(({ name, wanted }) => [name, wanted]));
  }

  /** Takes in how it went with a gateway in a run. */
  noteRun(gateway: string, fate: Fate, given: string | undefined, at: number, isHalted: boolean): void {
    if (fate === 'held' && given !== undefined)
      this.#found.set(gateway, { ...this.#of(gateway), held: given });
    const retry = retryAfter(this.#retries.get(gateway), fate, at, isHalted);
    if (retry === undefined) this.#retries.delete(gateway);
    else this.#retries.set(gateway, retry);
  }

  /** Notes down what is known, whole; without a change only now and then. */
  save(isChanged: boolean, at: number): Promise<void> {
    if (!isChanged && at - this.#writtenAt < HEARTBEAT_MS) return this.#writing;
    this.#writtenAt = at;
    const { play, place, pools, gateways } = this.#watched;
    const findings = {
      play: play.id,
      inventories: place.sources,
      lookedAt: at,
      everySeconds: Math.max(...pools.map(({ pool }) => pool.everySeconds)),
      // Those that a limit leaves out keep what was found for them.
      gateways: new Map([...this.#found, ...gateways.map((name) => [name, this.#of(name)] as const)]),
    };
    this.#writing = this.#writing.then(() => writeFindings(place, findings));
    return this.#writing;
  }

  #of(gateway: string): Found {
    return this.#found.get(gateway) ?? { backends: {} };
  }

  #gateways() {
    return this.#watched.gateways.map((name) => ({
      name,
      wanted: keyOf(this.overlay(name)),
      held: this.#of(name).held ?? PLAIN,
    }));
  }

  #flipEvents(flips: readonly (Flip & { readonly gateway: string })[]): readonly WatchEventBody[] {
    const { play, gateways } = this.#watched;
    const groups = new Map<string, (typeof flips)[number][]>();
    for (const flip of flips) {
      const { gateway, backend, after } = flip;
      const isOut = this.overlay(gateway).leftOut.has(backend);
      // What each saw may differ by a millisecond: the first one speaks for all.
      const key = JSON.stringify([backend, after.status, isOut]);
      groups.set(key, [...(groups.get(key) ?? []), flip]);
    }
    return [...groups.values()].flatMap((some): readonly WatchEventBody[] => {
      const [first] = some;
      if (first === undefined) return [];
      const { backend, before, after, looks } = first;
      const names = some.map(({ gateway }) => gateway);
      const isEverywhere = names.length === gateways.length;
      const ref = { play: play.id, backend, gateways: names, isEverywhere, seen: after.seen, looks };
      if (after.status === 'up') {
        const downSeconds = Math.round((after.since - before.since) / 1000);
        return [{ type: 'backend.up', ...ref, downSeconds }];
      }
      const isKept = !this.overlay(first.gateway).leftOut.has(backend);
      return [{ type: 'backend.down', ...ref, ...(isKept ? { isKept } : {}) }];
    });
  }

  #unseenEvents(names: readonly string[], looks: Looks): readonly WatchEventBody[] {
    const { play } = this.#watched;
    return names.flatMap((backend): readonly WatchEventBody[] => {
      const key = JSON.stringify(['backend', backend]);
      const unseen = [...looks].flatMap(([gateway, of]) =>
        of.get(backend)?.verdict === 'unknown' ? [{ gateway, seen: of.get(backend)?.seen ?? '' }] : [],
      );
      const [first] = unseen;
      if (first === undefined) this.#unseen.delete(key);
      if (first === undefined || this.#unseen.has(key)) return [];
      this.#unseen.add(key);
      const gateways = unseen.map(({ gateway }) => gateway);
      const isEverywhere = gateways.length === looks.size;
      return [{ type: 'backend.unseen', play: play.id, backend, gateways, isEverywhere, seen: first.seen }];
    });
  }
}

/** What tells one set of rules from another, as far as backends decide it. */
function keyOf({ leftOut, weights }: Pick<GatewayOverlay, 'leftOut' | 'weights'>): string {
  return JSON.stringify([[...leftOut].sort(), [...weights].sort()]);
}

const PLAIN = keyOf({ leftOut: new Set(), weights: new Map() });
