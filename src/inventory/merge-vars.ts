import { Sensitive } from '../sensitive.ts';
import type { Value, Vars } from './model.ts';

/** Merges variables, later ones win whole: a mapping replaces a mapping. The result has no prototype, so `constructor` is undefined. */
export function mergeVars(layers: Iterable<Vars | undefined>): Vars {
  const merged: Record<string, Value> = Object.create(null);
  for (const layer of layers) Object.assign(merged, layer);
  return merged;
}

/** Says whether a value is a mapping, as all variables together must be. */
export function isVars(value: Value | undefined): value is Vars {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Sensitive)
  );
}
