import type { KeyProblem } from './key-problem.ts';
import type { CheckTemplate, Play } from './model.ts';

/** What dialling the gateway again and confirming may take, besides the checks. */
const RECONNECT_SECONDS = 10;

/**
 * Checks whose worst case outlasts the gateway's own deadline would make it roll back a good change. They run at the same time, so the
 * slowest one counts.
 */
export function fitProblems({ checks, rollout }: Pick<Play, 'checks' | 'rollout'>): readonly KeyProblem[] {
  const limit = rollout.confirmWithinSeconds;
  return checks.flatMap((check, index) => {
    const needed = worstCase(check) + RECONNECT_SECONDS;
    if (needed <= limit) return [];
    const tries = check.retries + 1;
    const arithmetic = `(${seconds(check.timeoutSeconds)} timeout + ${seconds(check.delaySeconds)} delay) × ${tries} ${tries === 1 ? 'try' : 'tries'} + ${seconds(RECONNECT_SECONDS)} to reconnect = ${seconds(needed)}`;
    const message = `check "${check.name}" may take longer than the gateway waits: ${arithmetic}, but confirm_within is ${seconds(limit)}`;
    return [
      {
        code: 'checks-too-slow',
        path: ['checks', index],
        message,
        remedy: `Set rollout.confirm_within to at least ${seconds(Math.ceil(needed))}, or lower timeout, delay or retries.`,
      },
    ];
  });
}

/** Seconds until a check that never passes has had its last try. */
function worstCase({ timeoutSeconds, delaySeconds, retries }: CheckTemplate): number {
  return (timeoutSeconds + delaySeconds) * (retries + 1);
}

function seconds(value: number): string {
  return `${Number(value.toFixed(3))} s`;
}
