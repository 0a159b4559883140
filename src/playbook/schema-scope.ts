import { z } from 'zod';

/*
 * What of its tables a play owns, where other tools have chains in them too.
 */

const NAME = '[A-Za-z0-9_.:@+-]';

export const scopeSchema = z
  .enum(['tables', 'chains'], 'must be tables or chains')
  .describe(
    'tables (default): the tables that appear are owned whole, but for what keep names. chains: only the chains whose names begin with prefix, and the jumps to them.',
  );

const GLOB = 'must be the name of a chain, which may hold * and ?';

export const keepSchema = z
  .array(
    z.string(GLOB).regex(/^[A-Za-z0-9_.:@+*?][A-Za-z0-9_.:@+*?-]{0,28}$/, GLOB),
    'must be a list of chain names',
  )
  .describe(
    'Chains of others, as globs, that stay where they are with the jumps to them. With scope: tables.',
  );

const PREFIX =
  'must be the beginning of a chain name: 2 to 27 letters, digits and "_.:@+-", not beginning with "-"';

export const prefixSchema = z
  .string(PREFIX)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.:@+-]{1,26}$/, PREFIX)
  .describe('What the names of all chains of the play begin with. With scope: chains.');

const CHAIN = 'must be the name of a chain';
const chain = z.string(CHAIN).regex(new RegExp(`^[A-Za-z0-9_.:@+]${NAME}{0,27}$`), CHAIN);
const POSITION = 'must be first, last, { after: CHAIN } or { before: CHAIN }';
const after = z.strictObject({ after: chain });
const before = z.strictObject({ before: chain });

export const jumpsSchema = z
  .record(
    z
      .string()
      .regex(
        new RegExp(`^(raw|mangle|nat|filter|security) ${NAME}+$`),
        'must be "TABLE CHAIN", such as "filter FORWARD"',
      ),
    z.union([z.enum(['first', 'last'], POSITION), after, before], POSITION),
    'must be a mapping of chains to positions',
  )
  .describe(
    'Where the jumps of the play stand in chains that are not its own. Default first. With scope: chains.',
  );

/** The keys of a position. */
export const positionKeys: readonly string[] = [...Object.keys(after.shape), ...Object.keys(before.shape)];
