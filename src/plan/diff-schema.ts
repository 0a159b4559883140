import { z } from 'zod';
import type { Diff } from './diff.ts';

/*
 * The shape of a diff for programs: what plan files hold, what `plan.diff` events carry, and the JSON Schemas of both come from here.
 */

const place = z.int().positive();
const count = z.int().nonnegative();

const written = { template: z.string(), line: place };

const source = z
  .strictObject({
    ...written,
    includedBy: z
      .array(z.strictObject(written))
      .exactOptional()
      .describe('Of a partial: the lines that include it, the innermost first.'),
  })
  .describe('Where the rule was written; absent where that is not certain.');

const change = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('same'), rule: z.string() }).describe('Context.'),
  z.strictObject({ kind: z.literal('added'), rule: z.string(), to: place, source: source.exactOptional() }),
  z.strictObject({ kind: z.literal('removed'), rule: z.string(), from: place }),
  z
    .strictObject({ kind: z.literal('moved_away'), rule: z.string(), from: place, to: place })
    .describe('The old place of a rule that moves.'),
  z
    .strictObject({
      kind: z.literal('moved_here'),
      rule: z.string(),
      from: place,
      to: place,
      source: source.exactOptional(),
    })
    .describe('The new place of the same rule.'),
]);

const range = z.strictObject({ start: count, count });

const chain = z.strictObject({
  chain: z.string(),
  kind: z.enum(['new', 'gone', 'changed']),
  policy: z
    .strictObject({ before: z.string(), after: z.string() })
    .exactOptional()
    .describe('Where the policy of a built-in chain changes.'),
  hunks: z.array(z.strictObject({ before: range, after: range, rules: z.array(change) })),
});

const members = z
  .strictObject({ count, shown: z.array(z.string()) })
  .describe('All are counted; at most twenty are named.');

export const diffSchema = z
  .strictObject({
    tables: z.array(
      z.strictObject({ family: z.enum(['ipv4', 'ipv6']), table: z.string(), chains: z.array(chain) }),
    ),
    sets: z.array(
      z.strictObject({
        set: z.string(),
        kind: z.enum(['new', 'gone', 'changed']),
        header: z
          .strictObject({ before: z.string().exactOptional(), after: z.string().exactOptional() })
          .exactOptional(),
        added: members,
        removed: members,
      }),
    ),
    sysctls: z.array(
      z.strictObject({
        key: z.string(),
        before: z.string().exactOptional(),
        after: z.string().exactOptional(),
      }),
    ),
    nextBoot: z.string().exactOptional().describe('What the next boot lacks, where nothing else differs.'),
  })
  .describe(
    'What would change on a gateway. Places are numbers of rules in their chain, from 1.',
  ) satisfies z.ZodType<Diff>;
