import { z } from 'zod';
import type { DesiredState, LineSource } from '../ruleset/model.ts';
import { diffSchema } from './diff-schema.ts';

/** What the file of a saved plan begins with. */
export const PLAN_FORMAT = 'sluice-plan';
/** Of the format; another one is refused. */
export const PLAN_VERSION = 1;

const text = z.string();
const digest = z.string().regex(/^[0-9a-f]{64}$/);

const set = z.strictObject({
  name: text,
  create: text,
  members: z.array(text),
  keepsMembers: z.boolean(),
});

const input = z
  .strictObject({
    addresses: z.array(text).describe('Where the gateway is reached; the first one is logged in to.'),
    rulesets: z.array(
      z.strictObject({
        family: z.enum(['ipv4', 'ipv6']),
        text: text.describe('For iptables-restore.'),
        sources: z
          .array(z.union([text, z.null()]))
          .describe('TEMPLATE:LINE of each line of the text, or null.'),
      }),
    ),
    sets: z.array(set),
    sysctls: z.array(z.strictObject({ key: text, value: text })),
    persist: z.boolean(),
    conntrack: z.enum(['leave', 'flush_removed']),
    spares: z
      .array(text)
      .exactOptional()
      .describe('Addresses of backends that drain: connections to them are not forgotten.'),
    scope: z
      .union([
        z.strictObject({ kind: z.literal('tables'), keep: z.array(text) }),
        z.strictObject({
          kind: z.literal('chains'),
          prefix: text,
          mark: text,
          jumps: z.array(z.looseObject({ table: text, chain: text })),
        }),
      ])
      .exactOptional()
      .describe('What of its tables the play owns, where other tools have chains in them.'),
    checks: z.array(z.looseObject({ name: text })).describe('As they are run, after the variables.'),
    confirmWithinSeconds: z.number(),
  })
  .describe('What was rendered for the gateway.');

const host = z.strictObject({
  host: text,
  play: text,
  input,
  owned: z
    .record(text, digest)
    .describe('SHA-256 of what the play owns there: of each chain, set and kernel parameter.'),
  added: z.int(),
  removed: z.int(),
  moved: z.int(),
  notes: z.array(text),
  changes: diffSchema.exactOptional().describe('Absent where nothing would change.'),
});

const play = z.strictObject({
  id: text,
  name: text,
  hosts: z.array(text),
  waves: z.array(z.strictObject({ title: text, isCanary: z.boolean(), hosts: z.array(text) })),
  pairs: z
    .array(z.array(text))
    .exactOptional()
    .describe('Hosts that must be well while one of them is changed.'),
  policy: z.looseObject({}).describe('The rollout of the play, defaults filled in.'),
});

/** The file that `sluice plan --out` writes and `sluice apply` reads. */
export const savedPlanSchema = z.strictObject({
  format: z.literal(PLAN_FORMAT),
  version: z.literal(PLAN_VERSION),
  digest: digest.describe('SHA-256 of the JSON of `plan`: an edited file is refused.'),
  plan: z.strictObject({
    sluice: text.describe('The version that wrote it.'),
    created: z.iso.datetime(),
    operator: text,
    folder: text.describe('Where it was made; the paths are relative to it.'),
    playbook: text,
    inventories: z.array(text),
    extraVars: z.array(text).describe('What -e said; files are named, and read again.'),
    tags: z.strictObject({ only: z.array(text).exactOptional(), skip: z.array(text).exactOptional() }),
    takeOver: z.boolean(),
    plays: z.array(play),
    leftOut: z
      .array(z.strictObject({ play: text, backend: text, hosts: z.array(text), why: text }))
      .exactOptional()
      .describe('Backends that the rules leave out, for which gateways, and why.'),
    hosts: z.array(host),
  }),
});

export type SavedPlan = z.infer<typeof savedPlanSchema>['plan'];
export type SavedHost = z.infer<typeof host>;
export type SavedInput = z.infer<typeof input>;

/** The JSON Schema (draft 2020-12) of a saved plan. */
export function savedPlanJsonSchema(): object {
  return { ...z.toJSONSchema(savedPlanSchema), title: 'sluice plan' };
}

/** What a host is to become, as a plan keeps it. */
export type InputToSave = {
  readonly addresses: readonly string[];
  readonly desired: DesiredState;
  readonly checks: readonly { readonly name: string }[];
  readonly confirmWithinSeconds: number;
};

export function savedInput({ addresses, desired, checks, confirmWithinSeconds }: InputToSave): SavedInput {
  const { rulesets, sets, sysctls, persist, conntrack, spares, scope } = desired;
  return {
    addresses: [...addresses],
    rulesets: rulesets.map((one) => ({
      family: one.family,
      text: one.text,
      sources: one.sources.map(placeOf),
    })),
    sets: sets.map(({ name, create, members, keepsMembers }) => ({
      name,
      create,
      members: [...members],
      keepsMembers,
    })),
    sysctls: sysctls.map(({ key, value }) => ({ key, value })),
    persist,
    conntrack,
    // As they come back from a file: what is undefined isn't there.
    ...JSON.parse(JSON.stringify({ spares, scope, checks })),
    confirmWithinSeconds,
  };
}

function placeOf(source: LineSource | undefined): string | null {
  return source === undefined ? null : `${source.template}:${source.line}`;
}
