import type { Problem } from '../problem.ts';
import type { Play } from './model.ts';

export type TagChoice = { readonly only?: readonly string[]; readonly skip?: readonly string[] };

/** The plays with the fragments that the tags leave; plays of which nothing is left go, too. */
export function selectTags(plays: readonly Play[], { only, skip = [] }: TagChoice): readonly Play[] {
  return plays
    .map((play) => ({
      ...play,
      rules: play.rules.filter(({ tags }) => {
        const isWanted = only === undefined || tags.some((tag) => only.includes(tag));
        return isWanted && !tags.some((tag) => skip.includes(tag));
      }),
    }))
    .filter((play) => play.rules.length > 0);
}

/** A play owns its tables whole, so applying a part of it would delete the rest: one problem a play that tags cut. */
export function cutByTags(plays: readonly Play[], selected: readonly Play[]): readonly Problem[] {
  return selected.flatMap((play) => {
    const whole = plays.find(({ id }) => id === play.id);
    const left = (whole?.rules.length ?? 0) - play.rules.length;
    if (left === 0) return [];
    return [
      {
        code: 'tags-cut-a-play',
        file: play.file,
        line: play.line,
        message: `the tags leave out ${left} of the ${whole?.rules.length} templates of play "${play.id}", which owns its tables whole: applying it would delete their rules`,
        remedy: 'Select whole plays, or split the play so that each part owns other tables.',
      },
    ];
  });
}
