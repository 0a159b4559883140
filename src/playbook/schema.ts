import { z } from 'zod';
import { backendsSchema } from './schema-backends.ts';
import { checkSchema } from './schema-check.ts';
import { notifySchema } from './schema-notify.ts';
import { fragmentSchema, setFragmentSchema, sysctlsSchema } from './schema-owned.ts';
import { rolloutSchema } from './schema-rollout.ts';
import { jumpsSchema, keepSchema, prefixSchema, scopeSchema } from './schema-scope.ts';
import { tags, text, vars } from './schema-words.ts';

/*
 * What people write. No transforms and no defaults here, so that the JSON Schema for editors comes from this very source;
 * `complete.ts` turns a written play into the total one.
 */

const ID = 'must be at most 64 letters, digits, "-", "_" and ".", not beginning with "-" or "."';

/** A play as people write it. */
export const playSchema = z
  .strictObject(
    {
      id: z
        .string(ID)
        .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/, ID)
        .describe('Stable name of what this play owns on a gateway; a new id is a new owner.'),
      name: text('a text').exactOptional().describe('Shown in output. Default: the id.'),
      hosts: z
        .union(
          [text('a host pattern'), z.array(text('a host pattern')).min(1, 'must name at least one pattern')],
          'must be a host pattern',
        )
        .describe('Ansible host pattern.'),
      families: z
        .array(z.enum(['ipv4', 'ipv6'], 'must be ipv4 or ipv6'), 'must be a list of ipv4 and ipv6')
        .min(1, 'must name ipv4, ipv6 or both')
        .exactOptional()
        .describe('Address families. Default [ipv4].'),
      vars: vars.exactOptional().describe('Variables. They override the inventory; -e overrides them.'),
      tags: tags.exactOptional().describe('Tags of every fragment of the play.'),
      rules: z
        .array(fragmentSchema, 'must be a list of fragments')
        .min(1, 'must list at least one template')
        .describe('The templates, in the order in which their rules stand.'),
      ipsets: z
        .array(setFragmentSchema, 'must be a list of fragments')
        .exactOptional()
        .describe('The templates of the sets that the play owns.'),
      sysctls: sysctlsSchema.exactOptional(),
      persist: z
        .boolean('must be true or false')
        .exactOptional()
        .describe('A confirmed change survives a reboot. Default true.'),
      conntrack: z
        .enum(['leave', 'flush_removed'], 'must be leave or flush_removed')
        .exactOptional()
        .describe(
          'flush_removed: connections to DNAT targets that a change removed are forgotten. Default leave; flush_removed where backends have a check.',
        ),
      scope: scopeSchema.exactOptional(),
      keep: keepSchema.exactOptional(),
      prefix: prefixSchema.exactOptional(),
      jumps: jumpsSchema.exactOptional(),
      enforce: z
        .boolean('must be true or false')
        .exactOptional()
        .describe('false: the play only reports; apply never changes its hosts. Default true.'),
      contested_after: z
        .int('must be a whole number from 1 to 10')
        .min(1, 'must be a whole number from 1 to 10')
        .max(10, 'must be a whole number from 1 to 10')
        .exactOptional()
        .describe(
          'apply --only-drifted leaves a gateway alone whose drift was put right so often in the last ten runs. Default 3.',
        ),
      notify: z
        .array(notifySchema, 'must be a list')
        .exactOptional()
        .describe('Who is told of halts, of a run that waits, of its end, and of drift.'),
      rollout: rolloutSchema.exactOptional(),
      checks: z
        .array(checkSchema, 'must be a list of checks')
        .exactOptional()
        .describe('What must hold on every gateway before its change is confirmed.'),
      backends: z
        .array(backendsSchema, 'must be a list of pools of backends')
        .exactOptional()
        .describe('Hosts that the templates name, and that come and go.'),
    },
    'must be a mapping: a play with id, hosts and rules',
  )
  .describe('What a set of gateways should have, and how it gets there.');

export type WrittenPlay = z.infer<typeof playSchema>;

/** A whole playbook as people write it. */
export const playbookSchema = z
  .array(playSchema, 'must be a list of plays')
  .min(1, 'must have at least one play');

/** The JSON Schema (draft 2020-12) of a playbook, for editors. */
export function playbookJsonSchema(): object {
  const schema = z.toJSONSchema(playbookSchema, {
    io: 'input',
    // To an editor, what `!vault` stands before is a text like any other.
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (jsonSchema.anyOf !== undefined)
        jsonSchema.anyOf = jsonSchema.anyOf.filter((one) => Object.keys(one).length > 0);
    },
  });
  return { ...schema, title: 'sluice playbook' };
}
