import { z } from 'zod';
import { diffSchema } from '../plan/diff-schema.ts';
import type { EventBody } from './events.ts';

const stamp = {
  time: z.iso.datetime(),
  run: z.string(),
  seq: z.int().positive(),
};

const ownReading = z
  .strictObject({
    why: z.string().describe('Why no shadow namespace can be made there.'),
    undecided: z
      .array(
        z.strictObject({
          where: z.string().describe('Family, table and chain; or the set.'),
          line: z.string(),
          reason: z.string(),
          isAlike: z.boolean().describe('The kernel printed the same words: no difference is shown.'),
        }),
      )
      .describe('What differs here may be no difference.'),
  })
  .describe(
    "Present where the comparison is sluice's own reading of rules, and the gateway's kernel was not asked.",
  );

const planned = z
  .looseObject({
    ...stamp,
    type: z.literal('host.planned'),
    host: z.string(),
    play: z.string(),
    wave: z.int(),
    attempt: z.int(),
    added: z.int(),
    removed: z.int(),
    moved: z.int().exactOptional(),
    diff: z.string().exactOptional().describe('The id of a plan.diff; absent where nothing would change.'),
    notes: z.array(z.string()),
    ownReading: ownReading.exactOptional(),
  })
  .describe('What would change on a gateway.') satisfies z.ZodType<
  Extract<EventBody, { type: 'host.planned' }>
>;

const diff = z
  .looseObject({
    ...stamp,
    type: z.literal('plan.diff'),
    id: z.string(),
    text: z.string().describe('For people; made from changes.'),
    changes: diffSchema.exactOptional(),
  })
  .describe('A diff, once a run, before the first host.planned that names it.') satisfies z.ZodType<
  Extract<EventBody, { type: 'plan.diff' }>
>;

const lint = z
  .looseObject({
    ...stamp,
    type: z.literal('lint.found'),
    findings: z.array(
      z.strictObject({
        id: z.string().describe('docs/lint.md has a section for each.'),
        severity: z.enum(['error', 'warning', 'info']),
        file: z.string(),
        line: z.int(),
        message: z.string(),
        fix: z.string(),
        hosts: z.int().describe('How many hosts would get it.'),
        host: z.string().exactOptional().describe('The first of them.'),
        cutsAccess: z.literal(true).exactOptional().describe("The operator's own access is at stake."),
      }),
    ),
  })
  .describe('Known mistakes in the rules, once a run; absent where there are none.') satisfies z.ZodType<
  Extract<EventBody, { type: 'lint.found' }>
>;

/** The lines of `sluice plan --json` that say what would change, and what is doubtful in it. */
export const planEventSchema = z.discriminatedUnion('type', [planned, diff, lint]);

/** The JSON Schema (draft 2020-12) of those lines. */
export function planEventsJsonSchema(): object {
  return {
    ...z.toJSONSchema(planEventSchema),
    title: 'sluice plan --json: host.planned, plan.diff and lint.found',
  };
}
