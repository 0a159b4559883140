import { type Problem, ProblemsError } from '../problem.ts';

/**
 * The lab that is meant: the named one, or the only one there is.
 *
 * @param command what to type before an id to name it, for the remedy: `sluice lab down`.
 * @throws ProblemsError when there is none, or it can't be told which.
 */
export function chooseLab(ids: readonly string[], wanted: string | undefined, command: string): string {
  const [first, second] = ids;
  if (wanted === undefined && first !== undefined && second === undefined) return first;
  if (wanted !== undefined && ids.includes(wanted)) return wanted;
  throw new ProblemsError([problemOf(ids, wanted, command)]);
}

function problemOf(ids: readonly string[], wanted: string | undefined, command: string): Problem {
  const none = wanted === undefined ? 'There is no lab.' : `There is no lab ${wanted}.`;
  if (ids.length === 0) return { code: 'no-lab', message: none, remedy: 'Make one: sluice lab up' };
  const message = wanted === undefined ? `There are ${ids.length} labs: ${ids.join(', ')}.` : none;
  return { code: 'which-lab', message, remedy: ids.map((id) => `${command} ${id}`).join('\n') };
}
