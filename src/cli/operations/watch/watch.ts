import { closeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { resolveHost } from '../../../inventory/resolved-vars.ts';
import type { Pool } from '../../../playbook/pools.ts';
import { formatProblem, ProblemsError } from '../../../problem.ts';
import type { Event } from '../../../rollout/events.ts';
import { createVantages, type Vantages } from '../../../runtime/vantages.ts';
import type { WatchEvent, WatchEventBody } from '../../../watch/events.ts';
import { isDecided } from '../../../watch/round.ts';
import type { RunRequest } from '../apply.ts';
import { type Interrupts, listenForInterrupts } from '../interrupts.ts';
import { prepareProject } from '../prepare.ts';
import { createReach } from '../reach.ts';
import { type Acted, act } from './act.ts';
import { countConnections } from './counts.ts';
import { lockAll } from './locks.ts';
import { lookAt } from './looks.ts';
import { PlayState } from './state.ts';
import { loadWatched, type WatchedPlay } from './watched.ts';

export type WatchRequest = {
  /** The run that is made whenever something changed. */
  readonly run: Omit<RunRequest, 'view'>;
  /** Look until each backend is decided, act if need be, and end. */
  readonly isOnce: boolean;
  readonly tell: (event: WatchEvent | Event) => void;
};

/** Rounds of looks from one weighing to the next: rules are no place for every ripple. */
const ROUNDS_TO_WEIGH = 12;

/** What the parts of one watch share. */
type Watch = {
  readonly watched: readonly WatchedPlay[];
  readonly states: ReadonlyMap<WatchedPlay, PlayState>;
  readonly vantages: Vantages;
  readonly interrupts: Interrupts;
  readonly tell: (event: WatchEventBody) => void;
  /** Ends the looks. */
  readonly over: AbortController;
  /** Asks whoever waits for something to do to look again. */
  wake: () => void;
};

/**
 * Looks at the backends of a playbook, and brings gateways to rules without the dead ones.
 *
 * Answers the exit code: of `isOnce` that of its run; else 0 when a signal ended it, or 130 when that cut a run short.
 * @throws ProblemsError before anything was looked at; of `isOnce` also what kept its run from beginning
 */
export async function watchBackends({ run, isOnce, tell }: WatchRequest): Promise<number> {
  const watched = await loadWatched(run.project);
  // What would keep a run from beginning is better told now than when a backend dies.
  const { inventory } = await prepareProject(run.project);
  const locks = await lockAll(watched);
  const hosts = placesOf(watched).flatMap((name) => inventory.hosts.get(name) ?? []);
  const { flags, forks } = run;
  const reach = await createReach(
    hosts.map((host) => resolveHost(inventory, host)),
    flags,
    run.project.vault,
    process.env,
  );
  const over = new AbortController();
  // The second signal leaves at once; a run that is under way says first what it leaves behind.
  const interrupts = listenForInterrupts(
    () => over.abort(),
    () => setImmediate(() => process.exit(130)),
  );
  const emit = (event: WatchEventBody) => tell({ time: new Date().toISOString(), ...event });
  const states = new Map(watched.map((one) => [one, new PlayState(one)]));
  const watch: Watch = {
    watched,
    states,
    vantages: createVantages((host) => reach.dial(host), forks),
    interrupts,
    tell: emit,
    over,
    wake: () => undefined,
  };
  try {
    for (const state of states.values()) await state.load();
    emit(started(run.project.playbook, watched));
    const doing = async (gateways: readonly string[]) => {
      emit({ type: 'watch.acts', gateways });
      const acted = await act(gateways, [...states.values()], run, tell);
      // Who is reached through a gateway that was changed is so anew.
      for (const gateway of gateways) {
        if (!hosts.some(({ name }) => name === gateway)) continue;
        reach.renew(gateway);
        watch.vantages.renew((vantage) => reach.isThrough(vantage, gateway));
      }
      for (const state of states.values()) await state.save(true, Date.now());
      return acted;
    };
    const exitCode = isOnce ? await watchOnce(watch, doing) : await watchOn(watch, doing);
    const signal = interrupts.by();
    emit({ type: 'watch.ended', exitCode, ...(signal === undefined ? {} : { signal }) });
    return exitCode;
  } finally {
    over.abort();
    interrupts.stopListening();
    watch.vantages.close();
    reach.close();
    for (const file of locks) closeSync(file);
  }
}

type Doing = (gateways: readonly string[]) => Promise<Acted>;

/** Looks until each backend is decided, then acts once. */
async function watchOnce(watch: Watch, doing: Doing): Promise<number> {
  const pools = watch.watched.flatMap((play) => play.pools.map((pool) => [play, pool] as const));
  await Promise.all(
    pools.map(async ([play, pool]) => {
      const state = stateOf(watch, play);
      const names = pool.members.map(({ host }) => host.name);
      let most = Math.max(pool.pool.rise, pool.pool.fall);
      // A gateway that was too busy to look may have come round: a second time of that is not waited for.
      let isRepeated = false;
      for (let round = 1; round <= most; round += 1) {
        if (round > 1) await watch.interrupts.unlessInterrupted(pool.pool.everySeconds * 1000);
        if (watch.interrupts.by() !== undefined) return;
        const isSeen = await lookOnce(watch, play, pool);
        if (!isSeen && !isRepeated) {
          isRepeated = true;
          most += 1;
        } else if (play.gateways.every((gateway) => isDecided(state.known(gateway), names))) break;
      }
      await weighAll(watch, play, pool);
    }),
  );
  for (const state of watch.states.values()) await state.save(true, Date.now());
  if (watch.interrupts.by() !== undefined) return 130;
  const gateways = dueNow(watch);
  if (gateways.length === 0) return 0;
  const acted = await doing(gateways);
  if (acted.kind === 'stopped') throw new ProblemsError(acted.problems);
  return acted.exitCode;
}

/** Looks and acts until a signal ends it. Looks go on while a run is under way. */
async function watchOn(watch: Watch, doing: Doing): Promise<number> {
  const { interrupts } = watch;
  const looking = watch.watched.flatMap((play) => play.pools.map((pool) => keepLooking(watch, play, pool)));
  let exitCode = 0;
  const acting = (async () => {
    while (interrupts.by() === undefined) {
      const gateways = dueNow(watch);
      if (gateways.length === 0) await somethingToDo(watch);
      else {
        const acted = await doing(gateways);
        tellRetries(watch, acted);
        if (interrupts.by() !== undefined && acted.kind === 'ran' && acted.exitCode !== 0)
          exitCode = acted.exitCode;
      }
    }
  })();
  // Whichever fails (a disk that is full) ends the others in order.
  const all = [...looking, acting].map((part) =>
    part.catch((error: unknown) => {
      watch.over.abort();
      watch.wake();
      throw error;
    }),
  );
  await Promise.all(all);
  return exitCode;
}

async function keepLooking(watch: Watch, play: WatchedPlay, pool: Pool): Promise<void> {
  const { over } = watch;
  const everyMs = pool.pool.everySeconds * 1000;
  for (let round = 1; !over.signal.aborted; round += 1) {
    const startedMs = performance.now();
    await lookOnce(watch, play, pool);
    if (round % ROUNDS_TO_WEIGH === 0) await weighAll(watch, play, pool);
    const restMs = Math.max(0, everyMs - (performance.now() - startedMs));
    await delay(restMs, undefined, { signal: over.signal }).catch(() => undefined);
  }
}

/** Answers whether everybody could look. */
async function lookOnce(watch: Watch, play: WatchedPlay, pool: Pool): Promise<boolean> {
  if (pool.pool.check === undefined) return true;
  const looks = await lookAt(play, pool, watch.vantages, watch.over.signal);
  // A look that the end of the watch cut short saw nothing.
  if (watch.over.signal.aborted) return true;
  await took(watch, play, stateOf(watch, play).note(pool, looks));
  return [...looks.values()].every((of) => [...of.values()].every(({ verdict }) => verdict !== 'unknown'));
}

async function weighAll(watch: Watch, play: WatchedPlay, pool: Pool): Promise<void> {
  if (pool.pool.weigh === undefined) return;
  const state = stateOf(watch, play);
  await Promise.all(
    play.gateways.map(async (gateway) => {
      const { leftOut } = state.overlay(gateway);
      const isIn = (name: string) => !leftOut.has(name);
      const counted = await countConnections(play, pool, gateway, isIn, watch.vantages, watch.over.signal);
      if (watch.over.signal.aborted) return;
      const events =
        counted.kind === 'counted'
          ? state.noteLoads(pool, gateway, counted.loads)
          : state.noteUncounted(gateway, counted.seen);
      await took(watch, play, events);
    }),
  );
}

/** What changed is noted down before it is told, and before anybody acts on it. */
async function took(watch: Watch, play: WatchedPlay, events: readonly WatchEventBody[]): Promise<void> {
  await stateOf(watch, play).save(events.length > 0, Date.now());
  for (const event of events) watch.tell(event);
  if (events.length > 0) watch.wake();
}

function stateOf({ states }: Watch, play: WatchedPlay): PlayState {
  const state = states.get(play);
  if (state === undefined) throw new Error(`no state of play ${play.play.id}`);
  return state;
}

function waitingIn({ states }: Watch) {
  return [...states.values()].flatMap((state) => state.waiting());
}

function dueNow({ states }: Watch): readonly string[] {
  const at = Date.now();
  return [...new Set([...states.values()].flatMap((state) => state.due(at)))];
}

/** Waits until something was found, a gateway may be tried again, or a signal came. */
async function somethingToDo(watch: Watch): Promise<void> {
  const times = waitingIn(watch).map(({ notBefore }) => notBefore);
  const waking = new AbortController();
  watch.wake = () => waking.abort();
  const signal = AbortSignal.any([waking.signal, watch.over.signal]);
  const waitMs = times.length === 0 ? 3_600_000 : Math.max(0, Math.min(...times) - Date.now());
  await delay(waitMs, undefined, { signal }).catch(() => undefined);
}

/** Says which gateways are tried again next, and when. */
function tellRetries(watch: Watch, acted: Acted): void {
  const waiting = waitingIn(watch);
  if (waiting.length === 0 || watch.interrupts.by() !== undefined) return;
  const next = Math.min(...waiting.map(({ notBefore }) => notBefore));
  const inSeconds = Math.max(0, Math.round((next - Date.now()) / 1000));
  const due = waiting.filter(({ notBefore }) => notBefore - next < 1000).map(({ name }) => name);
  const gateways = [...new Set(due)];
  const why =
    acted.kind === 'stopped'
      ? [...new Set(acted.problems.map((problem) => formatProblem({ ...problem, remedy: '' })))].join('; ')
      : 'the last run did not change them';
  watch.tell({ type: 'watch.retries', gateways, inSeconds, why });
}

/** The hosts that are logged in to: vantage hosts, and gateways that look or count. */
function placesOf(watched: readonly WatchedPlay[]): readonly string[] {
  const places = watched.flatMap(({ checks, gateways, pools }) => [
    ...[...checks].flatMap(([gateway, of]) =>
      [...of.values()].flat().flatMap(({ from }) => {
        if (from === 'controller') return [];
        return from === 'gateway' ? gateway : from.host;
      }),
    ),
    ...(pools.some(({ pool }) => pool.weigh !== undefined) ? gateways : []),
  ]);
  return [...new Set(places)];
}

function started(playbook: string, watched: readonly WatchedPlay[]): WatchEventBody {
  return {
    type: 'watch.started',
    playbook,
    pools: watched.flatMap(({ play, pools, gateways }) =>
      pools.map(({ pool, members }) => ({
        play: play.id,
        hosts: pool.hosts,
        backends: members.map(({ host }) => host.name),
        gateways,
        everySeconds: pool.everySeconds,
      })),
    ),
  };
}
