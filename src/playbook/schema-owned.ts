import { z } from 'zod';
import { tags, text, vars } from './schema-words.ts';

/*
 * What a play may own on a gateway: rules and sets, which come from templates, and kernel parameters.
 */

const shared = {
  vars: vars.exactOptional().describe('Variables of this fragment alone; they override those of the play.'),
  tags: tags.exactOptional().describe('Names for --tags and --skip-tags.'),
};
const MAPPING = 'must be a mapping with the key template';

/** One of `rules:` as people write it. */
export const fragmentSchema = z
  .strictObject(
    {
      template: text('the path of a template').describe(
        'Handlebars that renders to iptables-restore text, in templates/ beside the playbook.',
      ),
      ...shared,
    },
    MAPPING,
  )
  .describe('One template that contributes rules.');

export type WrittenFragment = z.infer<typeof fragmentSchema>;

/** One of `ipsets:` as people write it. */
export const setFragmentSchema = z
  .strictObject(
    {
      template: text('the path of a template').describe(
        'Handlebars that renders to ipset restore text (create and add), in templates/ beside the playbook.',
      ),
      ...shared,
      keep_members: z
        .boolean('must be true or false')
        .exactOptional()
        .describe('Members that others added to its sets stay. Default false.'),
    },
    MAPPING,
  )
  .describe('One template that contributes sets.');

const SYSCTL = 'must be a whole number or a text';

/** `sysctls:` as people write it. */
export const sysctlsSchema = z
  .record(
    z.string().regex(/^net[./]/, 'must begin with "net."'),
    z.union([z.int(SYSCTL), text(SYSCTL.slice('must be '.length))], SYSCTL),
    'must be a mapping of kernel parameters to values',
  )
  .describe('Kernel parameters below net., as sysctl(8) writes them; texts may hold handlebars.');
