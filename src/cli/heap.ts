import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Answers what is to be called as each job ends: it collects the whole heap whenever so many have, and never throws. V8 alone would
 * wait until there is twice as much as at the start; after the first collection it knows better how little is needed.
 */
export function collectorAfter(jobs: number, collect = collectAll): () => void {
  let ended = 0;
  return () => {
    ended += 1;
    if (ended % jobs !== 0) return;
    try {
      collect();
    } catch {
      // It saves memory, and no job's end depends on it.
    }
  };
}

function collectAll(): void {
  // It is in the contexts that are made meanwhile, and stays in none of ours.
  setFlagsFromString('--expose-gc');
  const collect: (() => void) | undefined = runInNewContext('globalThis.gc');
  setFlagsFromString('--no-expose-gc');
  collect?.();
}
