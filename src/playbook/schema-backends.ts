import { z } from 'zod';
import { checkSchema } from './schema-check.ts';
import { duration, text } from './schema-words.ts';

const LOOKS = 'must be a whole number from 1 to 100';
const AT_LEAST = 'must be a whole number, 1 or more';

const looks = z.int(LOOKS).min(1, LOOKS).max(100, LOOKS);

/** One of `backends:` as people write it. */
export const backendsSchema = z
  .strictObject(
    {
      hosts: text('a host pattern').describe(
        'The backends: a host pattern. (hosts …) in templates leaves out those that are down or draining.',
      ),
      check: checkSchema
        .exactOptional()
        .describe('How sluice watch looks at a backend, which {{backend}} names. Default: not at all.'),
      every: duration.exactOptional().describe('From one look to the next, 1s to 1h. Default 5s.'),
      fall: looks.exactOptional().describe('So many failures in a row, and it is down. Default 3.'),
      rise: looks
        .exactOptional()
        .describe(
          'So many passes in a row, and it is up again; doubled for each further fall within ten minutes. Default 2.',
        ),
      at_least: z
        .int(AT_LEAST)
        .min(1, AT_LEAST)
        .exactOptional()
        .describe('Never fewer than these stay in the rules: those that fell last stay. Default 1.'),
      weigh: z
        .literal('connections', 'must be connections')
        .exactOptional()
        .describe(
          'connections: sluice watch weighs backends anew by the connections that each gateway counts.',
        ),
    },
    'must be a mapping with hosts',
  )
  .describe('Backends that come and go: docs/watch.md.');

export type WrittenBackends = z.infer<typeof backendsSchema>;
