import { z } from 'zod';
import { NOTICE_KINDS } from './model.ts';
import { text } from './schema-words.ts';

const URL_WORDS =
  'must be an https address (http only of this machine: http://127.0.0.1…), { env: NAME } or { file: PATH }';
const SECRET = 'must be { env: NAME } or { file: PATH }: a secret does not stand in a playbook';

/** From where a text comes that shall not stand in a playbook. */
const elsewhere = [
  z.strictObject({ env: text('the name of a variable') }),
  z.strictObject({ file: text('a file') }),
] as const;

/** Who is told of a run. */
export const notifySchema = z.strictObject(
  {
    webhook: z
      .union(
        [
          z
            .string()
            .regex(/^(https:\/\/\S+|http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(\/\S*)?)$/, URL_WORDS),
          ...elsewhere,
        ],
        URL_WORDS,
      )
      .exactOptional()
      .describe(
        'Address to which JSON is posted; where it is secret itself, { env: NAME } or { file: PATH }.',
      ),
    secret: z
      .union(elsewhere, SECRET)
      .exactOptional()
      .describe('Key of the signature of a webhook. A file may be encrypted with Ansible Vault.'),
    command: z
      .array(text('a word'), 'must be a list of words: the program, then its arguments')
      .min(1, 'must name a program')
      .exactOptional()
      .describe('Program with its arguments, run without a shell; JSON comes on stdin.'),
    on: z
      .array(z.enum(NOTICE_KINDS, `must be one of ${NOTICE_KINDS.join(', ')}`), 'must be a list')
      .min(1, 'must name at least one')
      .exactOptional()
      .describe('Of what. Default: all of them.'),
  },
  'must be a mapping with webhook and secret, or with command',
);

export type WrittenNotify = z.infer<typeof notifySchema>;
