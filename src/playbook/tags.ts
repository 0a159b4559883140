import type { Problem } from '../problem.ts';
import type { Fragment, Play } from './model.ts';

export type TagChoice = { readonly only?: readonly string[]; readonly skip?: readonly string[] };

/** The plays with the fragments that the tags leave, of rules and of sets; plays of which nothing is left go, too. */
export function selectTags(plays: readonly Play[], { only, skip = [] }: TagChoice): readonly Play[] {
  const isLeft = ({ tags }: Fragment) => {
    const isWanted = only === undefined || tags.some((tag) => only.includes(tag));
    return isWanted && !tags.some((tag) => skip.includes(tag));
  };
  return plays
    .map((play) => ({ ...play, rules: play.rules.filter(isLeft), ipsets: play.ipsets.filter(isLeft) }))
    .filter((play) => templatesIn(play) > 0);
}

function templatesIn({ rules, ipsets }: Play): number {
  return rules.length + ipsets.length;
}

/** A play owns its tables and sets whole, so applying a part of it would delete the rest: one problem a play that tags cut. */
export function cutByTags(plays: readonly Play[], selected: readonly Play[]): readonly Problem[] {
  return selected.flatMap((play) => {
    const whole = plays.find(({ id }) => id === play.id);
    const all = whole === undefined ? 0 : templatesIn(whole);
    const left = all - templatesIn(play);
    if (left === 0) return [];
    return [
      {
        code: 'tags-cut-a-play',
        file: play.file,
        line: play.line,
        message: `the tags leave out ${left} of the ${all} templates of play "${play.id}", which owns its tables and sets whole: applying it would delete what they hold`,
        remedy: 'Select whole plays, or split the play so that each part owns other tables and sets.',
      },
    ];
  });
}
