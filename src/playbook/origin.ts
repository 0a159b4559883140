import type { Problem } from '../problem.ts';

/** Which template something is written in, and how it came to be rendered. */
export type Origin = {
  readonly template: { readonly name: string; readonly file: string };
  /** Of a partial: the line that includes it. */
  readonly includedBy?: Place;
};

/** A line of a template. */
export type Place = { readonly origin: Origin; readonly line: number };

/** What is wrong at a line of a template; of a partial, the lines are told that it is included by. */
export function problemAt(
  { origin, line }: Place,
  { code, message, remedy }: Pick<Problem, 'code' | 'message' | 'remedy'>,
): Problem {
  const by = includers(origin).map((place) => `by ${placeName(place)}`);
  const included = by.length === 0 ? '' : ` (included ${by.join(', ')})`;
  return { code, file: origin.template.file, line, message: `${message}${included}`, remedy };
}

/** `templates/edge.rules.hbs:7`. */
export function placeName({ origin, line }: Place): string {
  return `${origin.template.file}:${line}`;
}

/** Innermost first. */
function includers({ includedBy }: Origin): readonly Place[] {
  return includedBy === undefined ? [] : [includedBy, ...includers(includedBy.origin)];
}
