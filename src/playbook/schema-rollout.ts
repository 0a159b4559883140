import { z } from 'zod';
import { duration, size, text } from './schema-words.ts';

const CANARY = 'must be a host pattern, a number of hosts, a percentage, or none';
const PERCENTAGE = 'must be a percentage without its sign, 0 to 100';

/** `rollout:` as people write it. */
export const rolloutSchema = z
  .strictObject(
    {
      canary: z
        .union([z.int().nonnegative(CANARY), text(CANARY.slice('must be '.length))], CANARY)
        .exactOptional()
        .describe('The first wave: a host pattern, a count, a percentage, or none. Default 1.'),
      serial: z
        .union(
          [size, z.array(size).min(1, 'must list at least one size')],
          'must be a number of hosts, a percentage such as "30%", or a list of these',
        )
        .exactOptional()
        .describe('Sizes of the waves after the canary; the last one repeats. Default: all that remain.'),
      max_fail_percentage: z
        .number(PERCENTAGE)
        .min(0, PERCENTAGE)
        .max(100, PERCENTAGE)
        .exactOptional()
        .describe('Halt when more than this share failed; unreachable counts as failed. Default 0.'),
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
