import type { Outcome } from '../../src/rollout/outcome.ts';

/** An outcome with everything filled in that tests don't look at. */
export function outcome(host: string, kind: Outcome['kind'], attempt = 1): Outcome {
  switch (kind) {
    case 'ok':
      return { host, attempt, kind };
    case 'changed':
      return { host, attempt, kind, token: `run.${host}.a${attempt}` };
    case 'not_started':
      return { host, attempt, kind, because: 'budget' };
    default:
      return {
        host,
        attempt,
        kind,
        problem: { code: kind, host, message: `${host}: ${kind}`, remedy: `mend ${host}` },
      };
  }
}

/** `outcomes('changed 2', 'failed')` is two changed hosts and one that failed, named h1, h2, h3. */
export function outcomes(...groups: readonly string[]): Outcome[] {
  const kinds = groups.flatMap((group) => {
    const [kind, count = '1'] = group.split(' ');
    return Array.from({ length: Number(count) }, () => kind as Outcome['kind']);
  });
  return kinds.map((kind, index) => outcome(`h${index + 1}`, kind));
}
