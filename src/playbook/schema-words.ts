import { z } from 'zod';
import type { Value } from '../inventory/model.ts';
import { Sensitive } from '../sensitive.ts';

/*
 * The small things that keys of a playbook hold. Every complaint is a whole end of the sentence `KEY is VALUE: it …`.
 */

/** A text that isn't empty. */
export function text(what: string) {
  return z.string(`must be ${what}`).min(1, `must be ${what}`);
}

const DURATION = 'must be "30s", "2m", "1h" or a number of seconds';

export const duration = z.union(
  [z.number().nonnegative(DURATION), z.string().regex(/^\d+(\.\d+)?(ms|s|m|h)?$/, DURATION)],
  DURATION,
);

const SIZE = 'must be a number of hosts, or a percentage such as "30%"';

export const size = z.union(
  [z.int().positive(SIZE), z.string().regex(/^([1-9]\d*|\d+(\.\d+)?%)$/, SIZE)],
  SIZE,
);

export type WrittenSize = z.infer<typeof size>;

const VALUE = 'must be a text, a number, true or false, a list or a mapping';

export const value: z.ZodType<Value> = z.lazy(() =>
  z.union(
    [
      z.null(),
      z.boolean(),
      z.number(),
      z.string(),
      z.array(value),
      z.record(z.string(), value),
      z.instanceof(Sensitive),
    ],
    VALUE,
  ),
);

const NAME = 'must name a variable: letters, digits and "_", not beginning with a digit';

/** The name of a variable. */
export const variable = z.string(NAME).regex(/^[A-Za-z_]\w*$/, NAME);

export const vars = z.record(variable, value, 'must be a mapping of names to values');

export const tags = z.union([text('a tag'), z.array(text('a tag'))], 'must be a tag or a list of tags');
