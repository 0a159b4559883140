import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { journalFailure } from '../../../journal/failure.ts';
import { makeFolder, replaceFile } from '../../../journal/files.ts';
import { type Problem, ProblemsError } from '../../../problem.ts';
import { type Findings, formatFindings, parseFindings } from '../../../watch/findings.ts';
import { placeOf } from '../fleet-lock.ts';

/** Whose findings: a play over an inventory, as a host's name means another machine in another one. */
export type FindingsPlace = {
  readonly cwd: string;
  readonly play: string;
  /** The sources of the inventory, as they were named. */
  readonly sources: readonly string[];
};

/**
 * What a watch has found; undefined where none has.
 * @throws ProblemsError where the file can't be read: a dead backend would come back unnoticed
 */
export async function readFindings(place: FindingsPlace): Promise<Findings | undefined> {
  const file = findingsFile(place);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw new ProblemsError([unreadable(place, error.message)]);
  });
  if (text === undefined) return undefined;
  const findings = parseFindings(text);
  if (findings === undefined)
    throw new ProblemsError([unreadable(place, 'it is not what sluice watch wrote')]);
  return findings;
}

/**
 * A reader finds the old findings or the new ones, whole; only their owner reads them.
 * @throws ProblemsError where they can't be written
 */
export function writeFindings(place: FindingsPlace, findings: Findings): void {
  const file = findingsFile(place);
  try {
    makeFolder(path.join(place.cwd, '.sluice'));
    makeFolder(path.dirname(file));
    replaceFile(file, formatFindings(findings));
  } catch (error) {
    throw journalFailure('written', path.join(place.cwd, '.sluice'), error);
  }
}

export async function removeFindings(place: FindingsPlace): Promise<void> {
  await rm(findingsFile(place), { force: true });
}

/** Held by the watch that is running. */
export function watchLock(place: FindingsPlace): string {
  return findingsFile(place).replace(/\.json$/, '.lock');
}

function findingsFile({ cwd, play, sources }: FindingsPlace): string {
  const places = [...new Set(sources.map((source) => placeOf(source, cwd)))].sort();
  const digest = createHash('sha256').update(places.join('\n')).digest('hex').slice(0, 12);
  return path.join(cwd, '.sluice', 'watch', `${play}.${digest}.json`);
}

function unreadable(place: FindingsPlace, why: string): Problem {
  return {
    code: 'watch-findings-unreadable',
    file: path.relative(place.cwd, findingsFile(place)),
    message: `what sluice watch found of play "${place.play}" can't be read: ${why}`,
    remedy: 'Mend it, or look anew: sluice watch --forget PLAYBOOK removes it.',
  };
}
