import { type Problem, ProblemsError } from '../../problem.ts';

/**
 * Waits for all, and answers all, so that the problems of every file are shown together.
 * @throws ProblemsError with the problems of each that rejected with one
 */
export async function gather<T extends readonly unknown[]>(
  promises: { [K in keyof T]: Promise<T[K]> },
): Promise<T> {
  const settled = await Promise.allSettled(promises as readonly Promise<unknown>[]);
  const problems: Problem[] = [];
  for (const result of settled) {
    if (result.status === 'fulfilled') continue;
    if (!(result.reason instanceof ProblemsError)) throw result.reason;
    problems.push(...result.reason.problems);
  }
  if (problems.length > 0) throw new ProblemsError(problems);
  return settled.map((result) => (result.status === 'fulfilled' ? result.value : undefined)) as unknown as T;
}
