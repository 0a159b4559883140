import { completeCheck } from './complete-check.ts';
import { parseDuration } from './duration.ts';
import { invalid, type KeyProblem } from './key-problem.ts';
import type { BackendPool } from './model.ts';
import type { WrittenBackends } from './schema-backends.ts';

/** What a check of backends has no use for, and why. */
const OF_NO_USE = {
  each: 'is of no use here: the check is made for each backend',
  with: 'is of no use here: the check is made for each backend',
  retries: 'is of no use here: fall says how many failures count',
  delay: 'is of no use here: every says when the next look is made',
  baseline: 'is of no use here: nothing is changed while it looks',
  when_already_failing: 'is of no use here: nothing is changed while it looks',
} as const;

/** Fills in every default of one of `backends:`, and finds what a schema can't say. */
export function completeBackends(
  written: WrittenBackends,
  index: number,
  lineOf: (path: readonly PropertyKey[]) => number,
): { readonly pool: BackendPool; readonly problems: readonly KeyProblem[] } {
  const path = ['backends', index];
  const problems: KeyProblem[] = [];
  const everySeconds = parseDuration(written.every ?? 5);
  if (everySeconds < 1 || everySeconds > 3600)
    problems.push(
      invalid([...path, 'every'], `is ${JSON.stringify(written.every)}: it must be from 1s to 1h`),
    );
  const at = [...path, 'check'];
  const check = written.check && completeCheck({ retries: 0, ...written.check }, at, lineOf(at));
  problems.push(...(check?.problems ?? []));
  for (const [key, why] of Object.entries(OF_NO_USE))
    if (written.check !== undefined && key in written.check) problems.push(invalid([...at, key], why));
  for (const key of ['fall', 'rise'] as const)
    if (written[key] !== undefined && written.check === undefined)
      problems.push(invalid([...path, key], 'counts looks, and there is no check to look with'));
  const pool: BackendPool = {
    hosts: written.hosts,
    ...(check?.check === undefined ? {} : { check: check.check }),
    everySeconds,
    fall: written.fall ?? 3,
    rise: written.rise ?? 2,
    atLeast: written.at_least ?? 1,
    ...(written.weigh === undefined ? {} : { weigh: written.weigh }),
    line: lineOf(path),
  };
  return { pool, problems };
}
