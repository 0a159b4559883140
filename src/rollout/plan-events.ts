import { z } from 'zod';
import { diffSchema } from '../plan/diff-schema.ts';
import type { EventBody } from './events.ts';

const stamp = {
  time: z.iso.datetime(),
  run: z.string(),
  seq: z.int().positive(),
};

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

/** The lines of `sluice plan --json` that say what would change. */
export const planEventSchema = z.discriminatedUnion('type', [planned, diff]);

/** The JSON Schema (draft 2020-12) of those lines. */
export function planEventsJsonSchema(): object {
  return { ...z.toJSONSchema(planEventSchema), title: 'sluice plan --json: host.planned and plan.diff' };
}
