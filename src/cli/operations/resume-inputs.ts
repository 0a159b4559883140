import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { type InputRecord, RESUME_FILE } from '../../journal/model.ts';
import { readInputs } from '../../journal/read.ts';
import { shownPath } from '../../project/inventory-place.ts';
import type { Event } from '../../rollout/events.ts';
import type { StoredHistory } from './history.ts';
import { digestKey, type PreparedProject } from './prepare.ts';
import { hostsOfPlays, type PlacesOf, placeDigest, type ResumeRecord } from './resume-record.ts';

/** What is not as it was when a run began. */
export type ChangedInputs = {
  /** To which something else would be done now. */
  readonly hosts: readonly string[];
  /** Of those that the journal has a copy of; and files of the inventory and its variables that were written to since. */
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
  if (hosts.length === 0) return undefined;
  return { hosts: [...new Set(hosts)], ...(await filesSince(folder, project, cwd)) };
}

/**
 * The hosts of a run that are elsewhere by now; undefined where all are where they were. All of them count, whatever was done to them:
 * another machine would be asked what became of a change, or be looked at in its place.
 */
export async function movedHosts(
  { folder }: Pick<StoredHistory, 'folder'>,
  { plays, places }: ResumeRecord,
  project: PreparedProject,
  placesOf: PlacesOf,
  cwd: string,
): Promise<ChangedInputs | undefined> {
  if (places === undefined) return undefined;
  const hosts = hostsOfPlays(plays).filter((host) => placeDigest(placesOf(host)) !== places[host]);
  return hosts.length === 0 ? undefined : { hosts, ...(await filesSince(folder, project, cwd)) };
}

async function filesSince(
  folder: string,
  { inventory }: PreparedProject,
  cwd: string,
): Promise<Pick<ChangedInputs, 'files' | 'unkept'>> {
  const inputs = await readInputs(folder);
  const states = await Promise.all(inputs.map((input) => stateOf(input, folder, cwd)));
  const kept = new Set(inputs.map((input) => path.resolve(cwd, input.path)));
  const others = inventory.files.filter((file) => !kept.has(file));
  return {
    files: [
      ...states.flatMap(({ file, state }) => (state === 'changed' ? [file] : [])),
      ...(await writtenSince(folder, others)).map((file) => shownPath(file, cwd)),
    ],
    unkept: states.flatMap(({ file, state }) => (state === 'unkept' ? [file] : [])),
  };
}

/** Of variables the journal keeps no copy, as they may be secret: which of their files the file system says were written to. */
async function writtenSince(folder: string, files: readonly string[]): Promise<readonly string[]> {
  const changedMs = async (file: string) => (await stat(file).catch(() => undefined))?.ctimeMs ?? Infinity;
  const begunMs = await changedMs(path.join(folder, RESUME_FILE));
  const times = await Promise.all(files.map(changedMs));
  return files.filter((_, index) => (times[index] ?? 0) > begunMs);
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
