import type { Check } from '../checks/model.ts';
import type { Fault } from './fault.ts';
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

/** As many programs as the checks room runs over one connection at once. */
const SLOTS = 8;

/**
 * The same for checks that share a connection, of which no more than eight are made at the same time: where those of a list or of a
 * pattern are many, they take turns.
 */
export function crowdFaults(
  checks: readonly Check[],
  { confirmWithinSeconds: limit }: Play['rollout'],
): readonly (Fault & { readonly check: string })[] {
  const groups = new Map<string, Check[]>();
  for (const check of checks) {
    if (check.from === 'controller') continue;
    const place = typeof check.from === 'string' ? 'the gateway' : check.from.host;
    groups.set(place, [...(groups.get(place) ?? []), check]);
  }
  return [...groups].flatMap(([place, group]) => {
    const cases = group.map(worstCase).sort((a, b) => b - a);
    const needed = cases.filter((_, index) => index % SLOTS === 0).reduce((sum, one) => sum + one, 0);
    if (group.length <= SLOTS || needed + RECONNECT_SECONDS <= limit) return [];
    const total = seconds(Math.ceil(needed + RECONNECT_SECONDS));
    return [
      {
        check: group[0]?.name ?? '',
        code: 'checks-too-slow',
        line: 0,
        message: `${group.length} checks from ${place} are made ${SLOTS} at a time and may take ${total} together, but confirm_within is ${seconds(limit)}`,
        remedy: `Set rollout.confirm_within to at least ${total}, lower timeout, delay or retries, or make fewer.`,
      },
    ];
  });
}

type TakesTime = Pick<CheckTemplate, 'timeoutSeconds' | 'delaySeconds' | 'retries'>;

/** Seconds until a check that never passes has had its last try. */
function worstCase({ timeoutSeconds, delaySeconds, retries }: TakesTime): number {
  return (timeoutSeconds + delaySeconds) * (retries + 1);
}

function seconds(value: number): string {
  return `${Number(value.toFixed(3))} s`;
}
