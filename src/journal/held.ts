import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ProblemsError } from '../problem.ts';
import { type Fate, fateKey, fatesOf } from './fates.ts';
import { pathPart } from './names.ts';
import { readEvents } from './read.ts';

/** A host, and a play of which it may hold something. */
export type Holder = { readonly play: string; readonly host: string };

/**
 * What a host held of a play once a run was done. `known`: the texts are in `folder`, kept by `run`, the last one up to then that
 * brought the host there or found it so; `nothing`: no run of this journal had given it anything yet.
 */
export type Held = Holder &
  (
    | { readonly kind: 'known'; readonly run: string; readonly folder: string }
    | { readonly kind: 'nothing' }
    | { readonly kind: 'unknown'; readonly why: string }
  );

/**
 * Finds what each host held once the last of some runs was done: of the last run that brought it somewhere. Reads the events of a run
 * once, and only of runs that touched one of the hosts that are left.
 *
 * @param runs folders of runs, the oldest first; the last is the one in question
 */
export async function findHeld(
  runs: readonly string[],
  holders: readonly Holder[],
): Promise<readonly Held[]> {
  const found = new Map<string, Held>();
  let left = holders;
  for (const folder of runs.toReversed()) {
    if (left.length === 0) break;
    const touched = new Set(await readdir(join(folder, 'hosts')).catch(() => []));
    const mine = left.filter(({ host }) => touched.has(pathPart(host)));
    if (mine.length === 0) continue;
    const fates = await fatesIn(folder);
    for (const holder of mine) {
      const key = fateKey(holder.play, holder.host);
      const fate = fates instanceof Map ? fates.get(key) : ({ kind: 'unknown', why: fates } as Fate);
      const held = await heldBy(folder, holder, fate ?? { kind: 'earlier' });
      if (held !== undefined) found.set(key, held);
    }
    left = left.filter(({ play, host }) => !found.has(fateKey(play, host)));
  }
  return holders.map(
    (holder) => found.get(fateKey(holder.play, holder.host)) ?? { ...holder, kind: 'nothing' },
  );
}

/** A text that a run kept of a host; undefined where there is none. */
export function keptText(folder: string, name: string): string | undefined {
  try {
    return readFileSync(join(folder, pathPart(name)), 'utf8');
  } catch {
    return undefined;
  }
}

/** The plays that runs put to a host, in the order in which they were first met. */
export async function playsOf(runs: readonly string[], host: string): Promise<readonly string[]> {
  const plays = new Set<string>();
  for (const folder of runs) {
    if (!existsSync(join(folder, 'hosts', pathPart(host)))) continue;
    for (const event of await readEvents(folder).catch(() => [])) {
      if (event.type === 'play.started' && event.hosts.includes(host)) plays.add(event.play);
    }
  }
  return [...plays];
}

/** Or why they can't be read: what a damaged run did to a host, nobody knows. */
async function fatesIn(folder: string): Promise<ReadonlyMap<string, Fate> | string> {
  try {
    return fatesOf(await readEvents(folder));
  } catch (error) {
    const { problems } = error as ProblemsError;
    return `run ${basename(folder)} can't be read: ${problems?.[0]?.message ?? String(error)}`;
  }
}

async function heldBy(runFolder: string, holder: Holder, fate: Fate): Promise<Held | undefined> {
  const run = basename(runFolder);
  if (fate.kind === 'earlier') return undefined;
  if (fate.kind === 'unknown') return { ...holder, kind: 'unknown', why: `${run}: ${fate.why}` };
  const hostFolder = join(runFolder, 'hosts', pathPart(holder.host));
  const names = await readdir(hostFolder).catch(() => []);
  // A host that was found in line has no token in its outcome; the token says which play and which attempt it was.
  const ends = new RegExp(`\\.p${fate.playIndex}\\.h\\d+\\.a${fate.attempt}$`);
  const name = names.find((one) =>
    fate.token === undefined ? ends.test(one) : one === pathPart(fate.token),
  );
  if (name === undefined) return { ...holder, kind: 'unknown', why: `${run} kept no texts of this host` };
  return { ...holder, kind: 'known', run, folder: join(hostFolder, name) };
}
