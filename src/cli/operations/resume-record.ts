import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { RESUME_FILE } from '../../journal/model.ts';
import type { TagChoice } from '../../playbook/tags.ts';
import type { PlannedPlay } from '../../rollout/plan.ts';
import type { PreparedProject, ProjectRequest } from './prepare.ts';

/** Of this file; a reader refuses those it does not know. */
const FORMAT = 1;

/** What a journal keeps so that a run can be gone on with: what it decided, and digests of what it was made from. No secrets. */
export type ResumeRecord = {
  readonly playbook: string;
  readonly inventories: readonly string[];
  readonly tags: TagChoice;
  /** Names of the variables of `-e`: their values may be secret, and are given again. */
  readonly extraVars: readonly string[];
  readonly onlyDrifted: boolean;
  readonly takeOver: boolean;
  readonly forks: number;
  /** The saved plan that was applied. */
  readonly planFile?: string;
  readonly hosts: readonly string[];
  readonly plays: readonly PlannedPlay[];
  /** As `PreparedProject` has them. */
  readonly digests: Readonly<Record<string, string>>;
  /** By host, where it was, as `placeDigest`; runs of an earlier version have none. */
  readonly places?: Readonly<Record<string, string>>;
};

/** Of a host, the address and port that are dialled, and its other addresses. */
export type PlacesOf = (host: string) => readonly string[];

/** Names where a host is, without telling it: an address may be a secret. */
export function placeDigest(places: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(places)).digest('hex');
}

/** Every host of some plays, and those that must be well before one of them is changed. */
export function hostsOfPlays(plays: readonly PlannedPlay[]): readonly string[] {
  return [...new Set(plays.flatMap(({ hosts, pairs = [] }) => [...hosts, ...pairs.flat()]))];
}

/** What of a run that is about to begin must be known to go on with it. */
export function resumeRecordOf(
  request: {
    readonly project: ProjectRequest;
    readonly onlyDrifted: boolean;
    readonly takeOver: boolean;
    readonly forks: number;
    readonly planFile?: string | undefined;
  },
  { sources, hosts, extraVarNames, digests }: PreparedProject,
  plays: readonly PlannedPlay[],
  placesOf: PlacesOf,
): object {
  const { project, onlyDrifted, takeOver, forks, planFile } = request;
  const record: ResumeRecord = {
    playbook: project.playbook,
    inventories: sources,
    tags: project.tags,
    extraVars: extraVarNames,
    onlyDrifted,
    takeOver,
    forks,
    ...(planFile === undefined ? {} : { planFile }),
    hosts: hosts.map(({ name }) => name),
    plays,
    digests: Object.fromEntries(digests),
    places: Object.fromEntries(hostsOfPlays(plays).map((host) => [host, placeDigest(placesOf(host))])),
  };
  return { format: FORMAT, ...record };
}

/** Of a run, from its folder; undefined where there is none of this format. */
export async function readResumeRecord(folder: string): Promise<ResumeRecord | undefined> {
  try {
    const { format, ...record } = JSON.parse(await readFile(path.join(folder, RESUME_FILE), 'utf8'));
    return format === FORMAT ? (record as ResumeRecord) : undefined;
  } catch {
    return undefined;
  }
}
