/**
 * What went wrong, where, and what to do about it: the one shape of every error a person is shown.
 * Configuration problems are collected and shown together; what happens to a host is a value, not an exception.
 */
export type Problem = {
  /** Stable and machine-readable, in kebab-case: `unknown-key`, `host-key-changed`. */
  readonly code: string;
  /** The file at fault, as the user named it, or relative to the working directory. */
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** The inventory name of the host concerned. */
  readonly host?: string;
  /** One sentence, in the field's words, echoing the value at fault. */
  readonly message: string;
  /** What the operator can do now; may have several lines. */
  readonly remedy: string;
};

/** Stops the run before anything was touched: carries every problem found, never only the first. */
export class ProblemsError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.name = 'ProblemsError';
    this.problems = problems;
  }
}

/** Formats a problem as `where: message` and an indented remedy. */
export function formatProblem(problem: Problem): string {
  const where = placeOf(problem);
  const remedy = problem.remedy === '' ? '' : `\n${problem.remedy.replace(/^/gm, '    ')}`;
  return `${where === '' ? '' : `${where}: `}${problem.message}${remedy}`;
}

function placeOf({ file, line, host }: Problem): string {
  const place = file === undefined ? '' : line === undefined ? file : `${file}:${line}`;
  if (host === undefined) return place;
  return place === '' ? host : `${place} (${host})`;
}
