import { formatProblem, type Problem } from '../problem.ts';
import { visibleLines } from './views/visible.ts';

/** What is doubtful but stops nothing, for stderr. */
export function formatWarning(warning: Problem): string {
  return `warning: ${visibleLines(formatProblem(warning))}\n`;
}
