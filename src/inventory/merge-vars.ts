import type { Value, Vars } from './model.ts';

/** Merges variables, later ones win whole: a mapping replaces a mapping. The result has no prototype, so `constructor` is undefined. */
export function mergeVars(layers: Iterable<Vars | undefined>): Vars {
  const merged: Record<string, Value> = Object.create(null);
  for (const layer of layers) Object.assign(merged, layer);
  return merged;
}
