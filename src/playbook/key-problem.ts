import type { Problem } from '../problem.ts';

/** A problem at a key of a play, before its line is known. */
export type KeyProblem = Omit<Problem, 'file' | 'line'> & { readonly path: readonly PropertyKey[] };

/** A key whose value has the right type and can't be right all the same. */
export function invalid(path: readonly PropertyKey[], complaint: string): KeyProblem {
  return {
    code: 'invalid-value',
    path,
    message: `${keyPath(path)} ${complaint}`,
    remedy: 'docs/playbook-reference.yml has an example of every key.',
  };
}

/** A path as people write it: `rollout.serial[0]`. */
export function keyPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : index === 0 ? String(part) : `.${String(part)}`,
    )
    .join('');
}
