import { z } from 'zod';
import { ORDERS, PAUSES } from './model.ts';
import { duration, size, text, variable } from './schema-words.ts';

const CANARY = 'must be a host pattern, a number of hosts, a percentage, none, or {one_per: VARIABLE}';
const ORDER = `must be ${ORDERS.join(', ')}, or {by: VARIABLE}`;
const FAILURES = 'must be a number of hosts, 0 or more';
const PERCENTAGE = 'must be a percentage without its sign, 0 to 100';

const PAUSE = `must be ${PAUSES.join(', ')}, or a list of these`;
const RATE = 'must be a number of packets a second, 0 or more';
const INCREASE = 'must be a percentage such as "50%"';

const dropsSchema = z
  .strictObject(
    {
      rules: z
        .array(text('a rule, with * for any text'), 'must be a list of rules, with * for any text')
        .min(1, 'must name at least one rule')
        .exactOptional()
        .describe(
          'Which rules, as iptables-save writes them, with * for any text. Default: all that drop or reject, and policies that drop.',
        ),
      over: duration
        .exactOptional()
        .describe('How long a rate is measured, before the wave and at the end of its bake. Default 10s.'),
      increase: z
        .string(INCREASE)
        .regex(/^\d+(\.\d+)?%$/, INCREASE)
        .exactOptional()
        .describe('The wave fails when more is dropped than before by this share. Default 50%.'),
      at_least: z
        .number(RATE)
        .nonnegative(RATE)
        .exactOptional()
        .describe('Packets a second: growing by less than this is no failure. Default 10.'),
    },
    'must be a mapping',
  )
  .describe('Compares how much the firewall drops before the wave and after it.');

const bakeSchema = z.strictObject({
  for: duration.describe('How long a wave is watched, at least.'),
  every: duration.exactOptional().describe('The pause between two looks. Default 10s.'),
  drops: dropsSchema.exactOptional(),
});

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
        .describe(
          'Hosts with equal values of this variable never share a wave, and each is changed only while the others are well.',
        ),
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
        .enum(['stop', 'rollback_wave', 'rollback_all'], 'must be stop, rollback_wave or rollback_all')
        .exactOptional()
        .describe(
          'rollback_wave also takes back what the failed wave has confirmed, rollback_all what the whole run has. Default stop.',
        ),
      bake: z
        .union([duration, bakeSchema], 'must be a duration such as "30s", or a mapping with for:')
        .exactOptional()
        .describe(
          'After each wave its checks go on for this long; one that fails takes the wave back, although it was confirmed.',
        ),
      pause: z
        .union([z.enum(PAUSES, PAUSE), z.array(z.enum(PAUSES, PAUSE))], PAUSE)
        .exactOptional()
        .describe(
          'Where a person approves before it goes on: after_check (all hosts were compared, none changed), after_canary, after_wave.',
        ),
      confirm_within: duration
        .exactOptional()
        .describe('How long a gateway waits for its confirm before it rolls back: 10s to 1h. Default 60s.'),
    },
    'must be a mapping',
  )
  .describe('How the change goes through the fleet.');
