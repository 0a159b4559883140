import type { Problem } from '../problem.ts';
import { formatInclusion } from '../ruleset/inclusion.ts';
import type { LineSource } from '../ruleset/model.ts';

/** Which template something is written in, and how it came to be rendered. */
export type Origin = {
  readonly template: { readonly name: string; readonly file: string };
  /** Of a partial: the line that includes it. */
  readonly includedBy?: Place;
};

/** A line of a template. */
export type Place = { readonly origin: Origin; readonly line: number };

export function isSamePlace(one: Place, other: Place): boolean {
  return one.line === other.line && isSameOrigin(one.origin, other.origin);
}

function isSameOrigin(one: Origin, other: Origin): boolean {
  if (one === other) return true;
  if (one.template !== other.template) return false;
  const [mine, its] = [one.includedBy, other.includedBy];
  return mine === undefined || its === undefined ? mine === its : isSamePlace(mine, its);
}

/** What is wrong at a line of a template; of a partial, the lines are told that it is included by. */
export function problemAt(
  { origin, line }: Place,
  { code, message, remedy }: Pick<Problem, 'code' | 'message' | 'remedy'>,
): Problem {
  const included = formatInclusion(
    includers(origin).map((place) => ({ template: place.origin.template.file, line: place.line })),
  );
  return { code, file: origin.template.file, line, message: `${message}${included}`, remedy };
}

/** `templates/edge.rules.hbs:7`. */
export function placeName({ origin, line }: Place): string {
  return `${origin.template.file}:${line}`;
}

/** As a rendered rule set keeps it: by the files, which whoever is told of a line can open. */
export function sourceOf({ origin, line }: Place): LineSource {
  if (origin.includedBy === undefined) return { template: origin.template.file, line };
  const by = includers(origin).map((place) => ({ template: place.origin.template.file, line: place.line }));
  return { template: origin.template.file, line, includedBy: by };
}

/** Innermost first. */
function includers({ includedBy }: Origin): readonly Place[] {
  return includedBy === undefined ? [] : [includedBy, ...includers(includedBy.origin)];
}
