import type { Sources } from './table.ts';

/** A setting that would change what an inventory means or how a host is reached, and that sluice doesn't have. */
export type WatchedSource = Sources & {
  /** Words, case aside, that mean what sluice does anyway; each one of the value must be among them. */
  readonly harmless: readonly string[];
  /** `refuse` where sluice would do something else than Ansible, and nobody would see it. */
  readonly verdict: 'refuse' | 'warn';
  readonly remedy: string;
};

export const WATCHED: Readonly<Record<string, WatchedSource>> = {
  hashBehaviour: {
    kind: 'text',
    env: ['ANSIBLE_HASH_BEHAVIOUR'],
    keys: [['defaults', 'hash_behaviour']],
    harmless: ['replace'],
    verdict: 'refuse',
    remedy:
      'Variables would have other values than under Ansible: sluice replaces mappings, it never merges.',
  },
  precedence: {
    kind: 'text',
    env: ['ANSIBLE_PRECEDENCE'],
    keys: [['defaults', 'precedence']],
    harmless: [],
    verdict: 'refuse',
    remedy: "Variables would have other values than under Ansible: sluice has Ansible's own order alone.",
  },
  forceValidGroupNames: {
    kind: 'text',
    env: ['ANSIBLE_TRANSFORM_INVALID_GROUP_CHARS'],
    keys: [['defaults', 'force_valid_group_names']],
    harmless: ['never', 'ignore'],
    verdict: 'refuse',
    remedy:
      'Groups would have other names than under Ansible: sluice leaves them as they are. Set it to ignore.',
  },
  varsPluginsEnabled: {
    kind: 'list',
    env: ['ANSIBLE_VARS_ENABLED'],
    keys: [['defaults', 'vars_plugins_enabled']],
    harmless: ['host_group_vars', 'ansible.builtin.host_group_vars'],
    verdict: 'warn',
    remedy: 'sluice reads group_vars and host_vars, and runs no plugins: variables of theirs are missing.',
  },
  yamlValidExtensions: {
    kind: 'list',
    env: ['ANSIBLE_YAML_FILENAME_EXT'],
    keys: [['defaults', 'yaml_valid_extensions']],
    harmless: ['.yml', '.yaml', '.json', 'yml', 'yaml', 'json'],
    verdict: 'warn',
    remedy: 'sluice reads files of variables that end in .yml, .yaml, .json or have no extension.',
  },
  playbookVarsRoot: {
    kind: 'text',
    env: ['ANSIBLE_PLAYBOOK_VARS_ROOT'],
    keys: [['defaults', 'playbook_vars_root']],
    harmless: ['top'],
    verdict: 'warn',
    remedy: 'sluice reads group_vars and host_vars beside the playbook that it is given.',
  },
  errorOnUndefinedVars: {
    kind: 'boolean',
    env: ['ANSIBLE_ERROR_ON_UNDEFINED_VARS'],
    keys: [['defaults', 'error_on_undefined_vars']],
    harmless: ['true'],
    verdict: 'warn',
    remedy: 'An undefined variable is an error in sluice all the same.',
  },
  runTags: {
    kind: 'list',
    env: ['ANSIBLE_RUN_TAGS'],
    keys: [['tags', 'run']],
    harmless: [],
    verdict: 'warn',
    remedy: 'sluice takes tags from --tags alone.',
  },
  skipTags: {
    kind: 'list',
    env: ['ANSIBLE_SKIP_TAGS'],
    keys: [['tags', 'skip']],
    harmless: [],
    verdict: 'warn',
    remedy: 'sluice takes tags from --skip-tags alone.',
  },
  becomeFlags: {
    kind: 'text',
    env: ['ANSIBLE_BECOME_FLAGS', 'ANSIBLE_SUDO_FLAGS'],
    keys: [
      ['privilege_escalation', 'become_flags'],
      ['sudo_become_plugin', 'flags'],
    ],
    harmless: ['-H', '-S', '-n'],
    verdict: 'warn',
    remedy: 'sluice calls sudo with flags of its own.',
  },
  pkcs11Provider: {
    kind: 'text',
    env: ['ANSIBLE_PKCS11_PROVIDER'],
    keys: [['ssh_connection', 'pkcs11_provider']],
    harmless: [],
    verdict: 'warn',
    remedy: 'sluice takes keys on tokens from the agent: ssh-add -s PROVIDER.',
  },
  paramikoProxyCommand: {
    kind: 'text',
    env: ['ANSIBLE_PARAMIKO_PROXY_COMMAND'],
    keys: [['paramiko_connection', 'proxy_command']],
    harmless: [],
    verdict: 'warn',
    remedy: 'sluice reads what ssh is told, not what paramiko is told.',
  },
};
