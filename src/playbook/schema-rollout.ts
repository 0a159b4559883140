import { z } from 'zod';
import { ORDERS } from './model.ts';
import { duration, size, text, variable } from './schema-words.ts';

const CANARY = 'must be a host pattern, a number of hosts, a percentage, none, or {one_per: VARIABLE}';
const ORDER = `must be ${ORDERS.join(', ')}, or {by: VARIABLE}`;
const FAILURES = 'must be a number of hosts, 0 or more';
const PERCENTAGE = 'must be a percentage without its sign, 0 to 100';

/** `rollout:` as people write it. */
export const rolloutSchema = z
  .strictObject(
    {
      canary: z
        .union(
          [
            z.int().nonnegative(CANARY),
            text(CANARY.slice('must be '.length)),
            z.strictObject({ one_per: variable }),
          ],
          CANARY,
        )
        .exactOptional()
        .describe(
          'The first wave: a host pattern, a count, a percentage, none, or {one_per: VARIABLE}: the first host of each value. Default 1.',
        ),
      serial: z
        .union(
          [size, z.array(size).min(1, 'must list at least one size')],
          'must be a number of hosts, a percentage such as "30%", or a list of these',
        )
        .exactOptional()
        .describe('Sizes of the waves after the canary; the last one repeats. Default: all that remain.'),
      apart: variable
        .exactOptional()
        .describe('Hosts with equal values of this variable never share a wave.'),
      order: z
        .union([z.enum(ORDERS, ORDER), z.strictObject({ by: variable })], ORDER)
        .exactOptional()
        .describe(
          'Who comes first: inventory, reverse_inventory, sorted, reverse_sorted, shuffle, or {by: VARIABLE}. Default inventory.',
        ),
      max_fail_percentage: z
        .number(PERCENTAGE)
        .min(0, PERCENTAGE)
        .max(100, PERCENTAGE)
        .exactOptional()
        .describe('Halt when more than this share failed; unreachable counts as failed. Default 0.'),
      max_failures: z
        .int(FAILURES)
        .nonnegative(FAILURES)
        .exactOptional()
        .describe(
          'Halt when more hosts than this failed in the run; max_fail_percentage is 100 then unless it is written, too.',
        ),
      on_failure: z
        .enum(['stop', 'rollback_wave'], 'must be stop or rollback_wave')
        .exactOptional()
        .describe('rollback_wave also takes back what the failed wave has confirmed. Default stop.'),
      confirm_within: duration
        .exactOptional()
        .describe('How long a gateway waits for its confirm before it rolls back: 10s to 1h. Default 60s.'),
    },
    'must be a mapping',
  )
  .describe('How the change goes through the fleet.');
