import { closeSync } from 'node:fs';
import { takeLock } from '../../../journal/lock.ts';
import { thisProcess } from '../../../journal/process.ts';
import { type Problem, ProblemsError } from '../../../problem.ts';
import { operatorName } from '../reach.ts';
import { watchLock } from './findings-file.ts';
import type { WatchedPlay } from './watched.ts';

/** Two watches of one play would take each other's findings back. @throws ProblemsError */
export async function lockAll(watched: readonly WatchedPlay[]): Promise<readonly number[]> {
  const files: number[] = [];
  const problems: Problem[] = [];
  for (const { play, place } of watched) {
    const me = () => ({
      operator: operatorName(),
      process: thisProcess(),
      since: new Date().toISOString(),
      doing: `watch ${play.file}`,
    });
    const locked = await takeLock(watchLock(place), me);
    if (locked.kind === 'taken') files.push(locked.file);
    if (locked.kind !== 'held') continue;
    const { by } = locked;
    problems.push({
      code: 'watch-running',
      file: play.file,
      line: play.line,
      message: `play "${play.id}" is watched already${by === undefined ? '' : `: by ${by.operator} since ${by.since}, process ${by.process.pid} on ${by.process.host}`}`,
      remedy: 'One watch is enough: let it run, or end it first.',
    });
  }
  if (problems.length > 0) {
    for (const file of files) closeSync(file);
    throw new ProblemsError(problems);
  }
  return files;
}
