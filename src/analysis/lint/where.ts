import type { LintRule } from './model.ts';

/** Names another rule in a message: `line 3`, of another file `templates/nat.rules.hbs:3`. */
export function where({ place }: LintRule, from: LintRule, otherwise: string): string {
  if (place === undefined) return otherwise;
  if (place.file === from.place?.file && place.line === from.place.line)
    return 'an earlier rule of this line';
  return place.file === from.place?.file ? `line ${place.line}` : `${place.file}:${place.line}`;
}
