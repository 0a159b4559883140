import type { z } from 'zod';
import { didYouMean } from '../inventory/suggestion.ts';
import type { Problem } from '../problem.ts';
import { Sensitive } from '../sensitive.ts';
import { keyPath } from './key-problem.ts';
import { playSchema } from './schema.ts';
import { checkSchema, expectKeys } from './schema-check.ts';
import { notifySchema } from './schema-notify.ts';
import { fragmentSchema, setFragmentSchema } from './schema-owned.ts';
import { rolloutSchema } from './schema-rollout.ts';
import { positionKeys } from './schema-scope.ts';
import type { YamlFile, YamlPath } from './yaml.ts';

type Issue = z.core.$ZodIssue;

/** Says what a playbook has wrong in the playbook's own words, at the line where it stands: one zod issue, one or more problems. */
export function explainIssue(issue: Issue, yaml: YamlFile, file: string): readonly Problem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, yaml, file));
  const inner = issue.code === 'invalid_union' ? narrowest(issue) : undefined;
  if (inner !== undefined) return inner.keys.map((key) => unknownKey(path, key, yaml, file));
  if (issue.code === 'invalid_key') {
    const [why] = issue.issues;
    return [
      {
        code: 'invalid-key',
        file,
        line: yaml.lineOfKey(path),
        message: `${said(path)}: the key ${why?.message ?? 'is not allowed'}`,
        remedy: path[1] === 'sysctls' ? OTHER_SYSCTLS : 'Rename it.',
      },
    ];
  }
  const value = valueAt(yaml.value, path);
  if (value === undefined) {
    const message = `${said(path)} is missing`;
    return [
      {
        code: 'missing-key',
        file,
        line: yaml.lineOf(path),
        message,
        remedy: `Add "${String(path.at(-1))}"; docs/playbook.md lists what it may hold.`,
      },
    ];
  }
  return [
    {
      code: 'invalid-value',
      file,
      line: yaml.lineOf(path),
      message: `${said(path)} is ${shownValue(value)}: it ${issue.message}`,
      remedy: remedyFor(path, value),
    },
  ];
}

const OTHER_SYSCTLS = "Other parameters are not a firewall's: keep them in /etc/sysctl.d.";

function unknownKey(path: YamlPath, key: string, yaml: YamlFile, file: string): Problem {
  const at = { file, line: yaml.lineOfKey([...path, key]) };
  const where = ` in ${said(path)}`;
  const known = keysAt(path);
  return {
    code: 'unknown-key',
    ...at,
    message: `there is no key "${key}"${where}`,
    remedy: `${didYouMean(key, known)}Keys are ${known.join(', ')}.`,
  };
}

function keysAt(path: YamlPath): readonly string[] {
  const [, section, , deeper] = path;
  if (section === 'rules') return Object.keys(fragmentSchema.shape);
  if (section === 'ipsets') return Object.keys(setFragmentSchema.shape);
  if (section === 'jumps') return positionKeys;
  if (section === 'notify') return Object.keys(notifySchema.shape);
  if (section === 'rollout') return Object.keys(rolloutSchema.shape);
  if (section === 'checks') return deeper === 'expect' ? expectKeys : Object.keys(checkSchema.shape);
  return Object.keys(playSchema.shape);
}

/** In a union of mappings, the unknown keys of the branch that came nearest. */
function narrowest(
  issue: Extract<Issue, { code: 'invalid_union' }>,
): Extract<Issue, { code: 'unrecognized_keys' }> | undefined {
  const branches = issue.errors.flatMap(
    (errors) => errors.find((error) => error.code === 'unrecognized_keys') ?? [],
  );
  const strangers = branches.map((branch) => ({
    ...branch,
    keys: branch.keys.filter((key) => !expectKeys.includes(key)),
  }));
  return strangers.find(({ keys }) => keys.length > 0);
}

/** The path inside its play: `rollout.serial`, `rules[1].template`. */
function said(path: YamlPath): string {
  const inner = typeof path[0] === 'number' ? path.slice(1) : path;
  if (inner.length === 0) return path.length === 0 ? 'the playbook' : 'the play';
  return keyPath(inner);
}

function valueAt(value: unknown, path: YamlPath): unknown {
  return path.reduce<unknown>(
    (inner, part) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[part] : undefined,
    value,
  );
}

function shownValue(value: unknown): string {
  if (value instanceof Sensitive) return 'encrypted';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function remedyFor(path: YamlPath, value: unknown): string {
  if (value instanceof Sensitive)
    return 'Write it in plain: of a playbook, only values in vars may be encrypted.';
  if (path[1] === 'sysctls' && typeof value === 'boolean')
    return `The kernel knows numbers: write ${value ? 1 : 0}.`;
  return 'docs/playbook-reference.yml has an example of every key.';
}
