import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { InputRecord } from '../../journal/model.ts';
import { readInputs } from '../../journal/read.ts';
import type { Event } from '../../rollout/events.ts';
import type { StoredHistory } from './history.ts';
import { digestKey, type PreparedProject } from './prepare.ts';
import { hostsOfPlays, type PlacesOf, placeDigest, type ResumeRecord } from './resume-record.ts';

/** What is not as it was when a run began. */
export type ChangedInputs = {
  /** To which something else would be done now. */
  readonly hosts: readonly string[];
  /** Of those that the journal has a copy of. */
  readonly files: readonly string[];
  /** Of which it has none, as they hold passwords. */
  readonly unkept: readonly string[];
};

/** The hosts of a run that the project has no more. */
export function hostsGone(
  { plays }: ResumeRecord,
  { inventory, loaded }: PreparedProject,
): readonly string[] {
  const known = new Set(loaded.plays.map(({ id }) => id));
  return [
    ...new Set(
      plays.flatMap(({ id, hosts, pairs = [] }) =>
        [...hosts, ...pairs.flat()].filter((name) => !known.has(id) || !inventory.hosts.has(name)),
      ),
    ),
  ];
}

/**
 * What changed of the inputs of hosts that are still to be changed; undefined where nothing did. What else may be done to a host
 * whose change has ended, a look or an undo, does not depend on them.
 */
export async function changedInputs(
  { events, folder }: Pick<StoredHistory, 'events' | 'folder'>,
  { plays, digests }: ResumeRecord,
  project: PreparedProject,
  cwd: string,
): Promise<ChangedInputs | undefined> {
  const ended = new Set(events.flatMap(endedChange));
  const isToChange = (key: string) => !ended.has(key) && digests[key] !== undefined;
  const hosts = plays.flatMap(({ id, hosts: names }) =>
    names.filter((name) => {
      const key = digestKey(id, name);
      return isToChange(key) && project.digests.get(key) !== digests[key];
    }),
  );
  return hosts.length === 0 ? undefined : { hosts: [...new Set(hosts)], ...(await filesSince(folder, cwd)) };
}

/**
 * The hosts of a run that are elsewhere by now; undefined where all are where they were. All of them count, whatever was done to them:
 * another machine would be asked what became of a change, or be looked at in its place.
 */
export async function movedHosts(
  { folder }: Pick<StoredHistory, 'folder'>,
  { plays, places }: ResumeRecord,
  placesOf: PlacesOf,
  cwd: string,
): Promise<ChangedInputs | undefined> {
  if (places === undefined) return undefined;
  const hosts = hostsOfPlays(plays).filter((host) => placeDigest(placesOf(host)) !== places[host]);
  return hosts.length === 0 ? undefined : { hosts, ...(await filesSince(folder, cwd)) };
}

async function filesSince(folder: string, cwd: string): Promise<Pick<ChangedInputs, 'files' | 'unkept'>> {
  const states = await Promise.all((await readInputs(folder)).map((input) => stateOf(input, folder, cwd)));
  return {
    files: states.flatMap(({ file, state }) => (state === 'changed' ? [file] : [])),
    unkept: states.flatMap(({ file, state }) => (state === 'unkept' ? [file] : [])),
  };
}

/** A trial that ran out is tried again, with today's input; so is what never had its turn. */
function endedChange(event: Event): readonly string[] {
  if (event.type !== 'host.finished' || event.job !== 'apply') return [];
  if (event.outcome.kind === 'interrupted' || event.outcome.kind === 'not_started') return [];
  return [digestKey(event.play, event.host)];
}

async function stateOf({ path: file, file: copy, sha256 }: InputRecord, folder: string, cwd: string) {
  const kept = await readFile(path.join(folder, copy), 'utf8').catch(() => '');
  if (kept.startsWith('# Not kept in the journal')) return { file, state: 'unkept' } as const;
  const now = await readFile(path.resolve(cwd, file)).catch(() => undefined);
  const isSame = now !== undefined && createHash('sha256').update(now).digest('hex') === sha256;
  return { file, state: isSame ? 'same' : 'changed' } as const;
}
