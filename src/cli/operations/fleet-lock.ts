import { createHash } from 'node:crypto';
import { closeSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { journalFailure } from '../../journal/failure.ts';
import { holderOf, type LockHolder, noteHolder, takeLock } from '../../journal/lock.ts';
import { thisProcess } from '../../journal/process.ts';
import { type Problem, ProblemsError } from '../../problem.ts';
import { formatDuration } from '../views/duration.ts';
import { formatWarning } from '../warning.ts';
import { operatorName } from './reach.ts';

export type FleetRequest = {
  readonly cwd: string;
  /** The sources of the inventory, as they were named. */
  readonly sources: readonly string[];
  /** In words: `apply edge.yml`. */
  readonly doing: string;
  readonly waitMs: number;
};

/** Every source of an inventory, for one run alone. */
export type FleetLock = {
  /** For the journal: what is locked, and how long was waited for it. */
  readonly record: { readonly sources: readonly string[]; readonly waitedMs: number };
  /** Tells whoever meets the lock which run has it. */
  readonly nameRun: (run: string) => void;
  readonly release: () => void;
};

/**
 * Keeps every other run that changes gateways off these sources of an inventory, as long as it works on the same journal: one lock a
 * source, taken in one order. Who works from elsewhere meets the gateways' own locks.
 * @throws ProblemsError where another run has one of them, and goes on having it
 */
export async function lockFleet(request: FleetRequest): Promise<FleetLock> {
  const { cwd, doing, waitMs } = request;
  const startedMs = performance.now();
  let since = '';
  const me = () => {
    since = new Date().toISOString();
    return { operator: operatorName(), process: thisProcess(), since, doing };
  };
  const files: number[] = [];
  const release = () => {
    for (const file of files.splice(0)) closeSync(file);
  };
  const places = [...new Set(request.sources.map((source) => placeOf(source, cwd)))].sort();
  for (const place of places) {
    const leftMs = Math.max(0, waitMs - (performance.now() - startedMs));
    const taken = await take(lockFile(cwd, place), shown(place, cwd), me, leftMs).catch((error: unknown) => {
      release();
      throw error;
    });
    if (taken !== undefined) files.push(taken);
  }
  return {
    record: {
      sources: places.map((place) => shown(place, cwd)),
      waitedMs: Math.round(performance.now() - startedMs),
    },
    nameRun: (run) => {
      for (const file of files)
        noteHolder(file, { operator: operatorName(), process: thisProcess(), since, doing, run });
    },
    release,
  };
}

async function take(
  file: string,
  source: string,
  me: () => LockHolder,
  waitMs: number,
): Promise<number | undefined> {
  const attempt = (ms: number) =>
    takeLock(file, me, ms).catch((error: unknown) => {
      // What can't be made is the journal's folder, or what is in it: that is what a person sees to.
      throw journalFailure('written', path.dirname(path.dirname(file)), error);
    });
  let locked = await attempt(0);
  if (locked.kind === 'held' && waitMs > 0) {
    const problem = heldProblem(source, locked.by);
    const remedy = `Waiting for it, up to ${formatDuration(waitMs)}.`;
    process.stderr.write(formatWarning({ ...problem, remedy }));
    locked = await attempt(waitMs);
  }
  switch (locked.kind) {
    case 'taken':
      return locked.file;
    case 'held':
      throw new ProblemsError([heldProblem(source, locked.by ?? holderOf(file))]);
    case 'impossible':
      // The gateways' own locks still let one change at a time through.
      process.stderr.write(formatWarning(unlockable(source, locked.why)));
      return undefined;
  }
}

function heldProblem(source: string, by: LockHolder | undefined): Problem {
  const who =
    by === undefined
      ? 'another run'
      : `${by.operator} since ${by.since}, by ${by.doing} (${by.run === undefined ? '' : `run ${by.run}, `}process ${by.process.pid} on ${by.process.host}${isSuspended(by) ? ', suspended' : ''})`;
  const look = by?.run === undefined ? '' : ` sluice history ${by.run} shows how far it is.`;
  return {
    code: 'fleet-locked',
    message: `inventory ${source} is held by ${who}`,
    remedy: `Let it end, or wait for it with --lock-wait 10m.${look} The lock ends with that process.`,
  };
}

function unlockable(source: string, why: string): Problem {
  return {
    code: 'fleet-not-locked',
    message: `nothing keeps two runs on inventory ${source} apart here: ${why}`,
    remedy:
      'Install util-linux, which has flock. The gateways have locks of their own, one change at a time.',
  };
}

/** Stopped by Ctrl-Z or a debugger: it keeps its locks, and never gets on. */
function isSuspended({ process: { host, pid } }: LockHolder): boolean {
  if (host !== thisProcess().host) return false;
  try {
    return /^\d+ \(.*\) [Tt] /s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

/** One name for one source, however it was written. A list of hosts is its own name. */
export function placeOf(source: string, cwd: string): string {
  if (source.includes(',')) return source;
  try {
    return realpathSync(path.resolve(cwd, source));
  } catch {
    return path.resolve(cwd, source);
  }
}

function lockFile(cwd: string, place: string): string {
  const name = createHash('sha256').update(place).digest('hex').slice(0, 16);
  return path.join(cwd, '.sluice', 'locks', `${name}.lock`);
}

function shown(place: string, cwd: string): string {
  const relative = path.relative(cwd, place);
  return place.includes(',') || relative.startsWith('..') ? place : relative;
}
