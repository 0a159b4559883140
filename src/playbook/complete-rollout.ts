import { parseDuration } from './duration.ts';
import { invalid, type KeyProblem } from './key-problem.ts';
import type { RolloutPolicy, Size } from './model.ts';
import type { WrittenPlay } from './schema.ts';
import type { WrittenSize } from './schema-words.ts';

type Written = NonNullable<WrittenPlay['rollout']>;
type WrittenBake = Exclude<NonNullable<Written['bake']>, string | number>;

/** Fills in every default of `rollout:`, and finds what a schema can't say. */
export function completeRollout(written: Written): {
  readonly policy: RolloutPolicy;
  readonly problems: readonly KeyProblem[];
} {
  const problems: KeyProblem[] = [];
  const { serial = '100%', bake, pause, max_failures: most } = written;
  const policy: RolloutPolicy = {
    canary: completeCanary(written.canary ?? 1, problems),
    serial: Array.isArray(serial)
      ? serial.map((one, index) => sizeAt(one, ['serial', index], problems))
      : [sizeAt(serial, ['serial'], problems)],
    ...(written.apart === undefined ? {} : { apart: written.apart }),
    order: completeOrder(written.order ?? 'inventory'),
    // Who counts failures would be stopped by the first one, if the share's default held beside it.
    maxFailPercentage: written.max_fail_percentage ?? (most === undefined ? 0 : 100),
    ...(most === undefined ? {} : { maxFailures: most }),
    onFailure: written.on_failure ?? 'stop',
    ...(bake === undefined ? {} : { bake: completeBake(bake, problems) }),
    pause: typeof pause === 'string' ? [pause] : [...new Set(pause ?? [])],
    confirmWithinSeconds: secondsAt(written.confirm_within ?? 60, ['confirm_within'], [10, 3600], problems),
  };
  return { policy, problems };
}

function completeCanary(
  written: NonNullable<Written['canary']>,
  problems: KeyProblem[],
): RolloutPolicy['canary'] {
  if (typeof written === 'object') return { kind: 'one_per', variable: written.one_per };
  if (written === 0 || written === '0' || written === 'none') return { kind: 'none' };
  if (typeof written === 'number' || /^\d+(\.\d+)?%?$/.test(written)) {
    return sizeAt(written, ['canary'], problems);
  }
  return { kind: 'pattern', pattern: written };
}

function completeOrder(written: NonNullable<Written['order']>): RolloutPolicy['order'] {
  return typeof written === 'object' ? { kind: 'by', variable: written.by } : { kind: written };
}

function completeBake(
  written: NonNullable<Written['bake']>,
  problems: KeyProblem[],
): NonNullable<RolloutPolicy['bake']> {
  const whole: WrittenBake = typeof written === 'object' ? written : { for: written };
  const at = typeof written === 'object' ? ['bake', 'for'] : ['bake'];
  const seconds = secondsAt(whole.for, at, [1, 86_400], problems);
  const everySeconds = secondsAt(
    whole.every ?? Math.min(10, seconds),
    ['bake', 'every'],
    [1, 3600],
    problems,
  );
  if (everySeconds > seconds) {
    const complaint = `is ${JSON.stringify(whole.every)}: that is longer than the bake itself`;
    problems.push(invalid(['rollout', 'bake', 'every'], complaint));
  }
  const { drops } = whole;
  if (drops === undefined) return { seconds, everySeconds };
  const overSeconds = secondsAt(
    drops.over ?? Math.min(10, seconds),
    ['bake', 'drops', 'over'],
    [1, 60],
    problems,
  );
  return {
    seconds,
    everySeconds,
    drops: {
      rules: drops.rules ?? [],
      overSeconds,
      increasePercentage: Number((drops.increase ?? '50%').slice(0, -1)),
      atLeastPerSecond: drops.at_least ?? 10,
    },
  };
}

function secondsAt(
  written: number | string,
  path: readonly PropertyKey[],
  [least, most]: readonly [number, number],
  problems: KeyProblem[],
): number {
  const seconds = parseDuration(written);
  if (!Number.isInteger(seconds) || seconds < least || seconds > most) {
    const complaint = `is ${JSON.stringify(written)}: it must be whole seconds, from ${words(least)} to ${words(most)}`;
    problems.push(invalid(['rollout', ...path], complaint));
  }
  return seconds;
}

function words(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

function sizeAt(written: WrittenSize, path: readonly PropertyKey[], problems: KeyProblem[]): Size {
  const size = parseSize(written);
  if (size.kind === 'percentage' && !(size.percentage > 0 && size.percentage <= 100)) {
    problems.push(
      invalid(['rollout', ...path], `is "${written}": a share of the hosts is more than 0% and at most 100%`),
    );
  }
  return size;
}

function parseSize(written: WrittenSize): Size {
  if (typeof written === 'string' && written.endsWith('%'))
    return { kind: 'percentage', percentage: Number(written.slice(0, -1)) };
  return { kind: 'count', count: Number(written) };
}
