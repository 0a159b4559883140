import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Answers what is to be called as each host ends: it collects the whole heap whenever so many have. V8 alone would wait until
 * there is twice as much as at the start; after the first collection it knows better how little is needed.
 */
export function collectorAfter(hosts: number, collect = collectAll): () => void {
  let ended = 0;
  return () => {
    ended += 1;
    if (ended % hosts === 0) collect();
  };
}

/** Does nothing where V8 offers it no more: a run doesn't depend on it. */
function collectAll(): void {
  // It is in the contexts that are made meanwhile, and stays in none of ours.
  setFlagsFromString('--expose-gc');
  const collect: (() => void) | undefined = runInNewContext('globalThis.gc');
  setFlagsFromString('--no-expose-gc');
  collect?.();
}
