import type { Options } from 'yargs';

/** Flags that several commands share, under Ansible's names. */
export const inventoryOption = {
  inventory: {
    alias: 'i',
    type: 'string',
    array: true,
    nargs: 1,
    default: [] as string[],
    describe: 'Inventory file, directory, script or list "h1,h2,"; may be repeated',
  },
  limit: { alias: 'l', type: 'string', describe: 'Only the hosts of this pattern, or of @file' },
} as const satisfies Record<string, Options>;

export const varsOptions = {
  'extra-vars': {
    alias: 'e',
    type: 'string',
    array: true,
    nargs: 1,
    default: [] as string[],
    describe: 'Variables that win over all others: name=value, YAML, JSON or @file; may be repeated',
  },
} as const satisfies Record<string, Options>;

export const tagOptions = {
  tags: { alias: 't', type: 'string', describe: 'Only the rules with one of these tags, separated by commas' },
  'skip-tags': { type: 'string', describe: 'Without the rules that have one of these tags' },
} as const satisfies Record<string, Options>;

export const connectionOptions = {
  forks: { alias: 'f', type: 'number', default: 32, describe: 'Hosts at once' },
  user: { alias: 'u', type: 'string', describe: "Login, where the inventory doesn't say ansible_user" },
  become: { alias: 'b', type: 'boolean', describe: 'Become root through sudo' },
  'private-key': { type: 'string', describe: 'Private key file to log in with' },
  timeout: { alias: 'T', type: 'number', describe: 'Seconds to connect in (10)' },
} as const satisfies Record<string, Options>;

export const viewOptions = {
  verbose: { alias: 'v', type: 'count', describe: 'Say more; may be repeated' },
  json: { type: 'boolean', default: false, describe: 'Print the events of the run, one JSON object a line' },
  progress: {
    choices: ['auto', 'tty', 'plain', 'json', 'quiet'] as const,
    default: 'auto' as const,
    describe: 'How to show the run',
  },
} as const satisfies Record<string, Options>;
