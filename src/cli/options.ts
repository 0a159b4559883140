import type { Options } from 'yargs';
import { choice, duration, seconds, text, texts, wholeNumber } from './values.ts';

/** Flags that several commands share, under Ansible's names. */
export const inventoryOption = {
  inventory: {
    alias: 'i',
    type: 'string',
    array: true,
    nargs: 1,
    default: [] as string[],
    coerce: texts('--inventory'),
    describe: 'Inventory file, directory, script or list "h1,h2,"; may be repeated',
  },
  limit: {
    alias: 'l',
    type: 'string',
    requiresArg: true,
    coerce: text('--limit'),
    describe:
      'Only the hosts of this pattern, of @file, or that a run left: @RUN:failed, @RUN:unreached, @RUN:rolled_back',
  },
} as const satisfies Record<string, Options>;

export const varsOptions = {
  'extra-vars': {
    alias: 'e',
    type: 'string',
    array: true,
    nargs: 1,
    default: [] as string[],
    coerce: texts('--extra-vars'),
    describe: 'Variables that win over all others: name=value, YAML, JSON or @file; may be repeated',
  },
} as const satisfies Record<string, Options>;

export const vaultOptions = {
  'vault-id': {
    type: 'string',
    array: true,
    nargs: 1,
    default: [] as string[],
    coerce: texts('--vault-id'),
    describe:
      '[LABEL@]SOURCE of a vault password: a file, a program that prints it, or prompt; may be repeated',
  },
  'vault-password-file': {
    alias: 'vault-pass-file',
    type: 'string',
    array: true,
    nargs: 1,
    default: [] as string[],
    coerce: texts('--vault-password-file'),
    describe: 'File with the vault password, or a program that prints it; may be repeated',
  },
  'ask-vault-password': {
    alias: ['ask-vault-pass', 'J'],
    type: 'boolean',
    default: false,
    describe: 'Ask for the vault password',
  },
} as const satisfies Record<string, Options>;

export const tagOptions = {
  tags: {
    alias: 't',
    type: 'string',
    requiresArg: true,
    coerce: text('--tags'),
    describe: 'Only the rules with one of these tags, separated by commas',
  },
  'skip-tags': {
    type: 'string',
    requiresArg: true,
    coerce: text('--skip-tags'),
    describe: 'Without the rules that have one of these tags',
  },
} as const satisfies Record<string, Options>;

export const connectionOptions = {
  forks: {
    alias: 'f',
    type: 'string',
    requiresArg: true,
    coerce: wholeNumber('--forks'),
    describe: 'Hosts at once (32)',
  },
  user: {
    alias: 'u',
    type: 'string',
    requiresArg: true,
    coerce: text('--user'),
    describe: "Login, where the inventory doesn't say ansible_user",
  },
  'ask-pass': {
    alias: 'k',
    type: 'boolean',
    describe: "Ask for the login's password, where the inventory doesn't say ansible_password",
  },
  'connection-password-file': {
    alias: 'conn-pass-file',
    type: 'string',
    requiresArg: true,
    conflicts: 'ask-pass',
    coerce: text('--connection-password-file'),
    describe: "File with the login's password, or a program that prints it",
  },
  become: { alias: 'b', type: 'boolean', describe: 'Become root through sudo' },
  'ask-become-pass': {
    alias: 'K',
    type: 'boolean',
    describe: "Ask for sudo's password, where the inventory doesn't say ansible_become_password",
  },
  'become-password-file': {
    alias: 'become-pass-file',
    type: 'string',
    requiresArg: true,
    conflicts: 'ask-become-pass',
    coerce: text('--become-password-file'),
    describe: "File with sudo's password, or a program that prints it",
  },
  'private-key': {
    type: 'string',
    requiresArg: true,
    coerce: text('--private-key'),
    describe: 'Private key file to log in with',
  },
  timeout: {
    alias: 'T',
    type: 'string',
    requiresArg: true,
    coerce: seconds('--timeout'),
    describe: 'Seconds to connect in (10)',
  },
  'ssh-common-args': {
    type: 'string',
    requiresArg: true,
    coerce: text('--ssh-common-args'),
    describe:
      'Arguments of ssh, as --ssh-common-args="-J bastion", where the inventory has no ansible_ssh_common_args',
  },
  'ssh-extra-args': {
    type: 'string',
    requiresArg: true,
    coerce: text('--ssh-extra-args'),
    describe: 'More of them, where the inventory has no ansible_ssh_extra_args',
  },
} as const satisfies Record<string, Options>;

export const lockOption = {
  'lock-wait': {
    type: 'string',
    requiresArg: true,
    coerce: duration('--lock-wait'),
    describe: 'How long to wait for a run that holds the inventory or a gateway: 30s, 10m (not at all)',
  },
} as const satisfies Record<string, Options>;

export const reasonOption = {
  reason: {
    type: 'string',
    requiresArg: true,
    coerce: text('--reason'),
    describe: 'Why: kept in the journal, shown by sluice history',
  },
} as const satisfies Record<string, Options>;

const progress = ['auto', 'tty', 'plain', 'json', 'quiet'] as const;
type Progress = (typeof progress)[number];

export const viewOptions = {
  verbose: { alias: 'v', type: 'count', describe: 'Say more: every host, every check' },
  json: { type: 'boolean', default: false, describe: 'Print the events of the run, one JSON object a line' },
  progress: {
    choices: progress,
    default: 'auto' as const,
    requiresArg: true,
    coerce: choice<Progress>('--progress'),
    describe: 'How to show the run',
  },
} as const satisfies Record<string, Options>;
